"""One browser's peer connection: ICE-lite credentials, DTLS, and the streams on it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.rtp import AnyRtcpPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket

from signaling.media.sfu import rtcp
from signaling.media.sfu.bandwidth import MOST, Budget
from signaling.media.sfu.downlink import Downlink
from signaling.media.sfu.dtls import Dtls
from signaling.media.sfu.floods import PeerLimits
from signaling.media.sfu.rtp import parse
from signaling.media.sfu.srtp import SrtpPair, incoming_view, outgoing_view
from signaling.media.sfu.track import Track

if TYPE_CHECKING:
    from signaling.media.sfu.port import Port
    from signaling.media.sfu.sending import Address

MAX_LEARNED = 16
MAX_BYTES_A_SECOND = 1_000_000


class Connection:
    """Everything between one browser and the port. `on_state` is told ``connected``, ``closed`` or ``failed``."""

    def __init__(
        self, port: Port, certificate: RTCCertificate, session: str, on_state: Callable[[Connection, str], None]
    ) -> None:
        self.session = session
        self.number = secrets.randbits(62)
        self.version = 0
        self.address: Address | None = None
        self.tracks: dict[str, Track] = {}
        self.downlinks: dict[str, Downlink] = {}
        self.connected = False
        self.limits = PeerLimits()
        self.ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.rate: int | None = None
        self.budget = Budget()
        self._octets, self._looked = 0, time.monotonic()
        self._second_began = 0
        self.packets_in = self.bytes_in = self.packets_out = self.bytes_out = 0
        self.last_seen = self.last_consent = time.monotonic()
        self.last_media: float | None = None
        self._port = port
        self._on_state = on_state
        self._srtp: SrtpPair | None = None
        self._dtls = Dtls(certificate, "server", self._send_plain, self._dtls_state)
        self._remote_ufrag = ""
        self._by_ssrc: dict[int, tuple[Track, bool]] = {}
        self._mid_id = 0
        self.ufrag = self.password = ""

    def start(self, fingerprints: list[tuple[str, str]]) -> None:
        """Wait for the browser's handshake, from a certificate with one of these fingerprints."""
        self._dtls.start(fingerprints)

    def use_ice(self, remote_ufrag: str) -> None:
        """Give fresh credentials for a new `remote_ufrag` (first offer or ICE restart, RFC 8839 section 4.4.3).

        Those of before stay valid until the browser uses the fresh ones, so media goes on.
        """
        if remote_ufrag == self._remote_ufrag:
            return
        self._remote_ufrag = remote_ufrag
        self.ufrag, self.password = secrets.token_hex(6), secrets.token_hex(16)
        self._port.expect(self.ufrag, self.password, remote_ufrag, self)

    def learn(self, tracks: dict[str, Track], mid_id: int) -> None:
        """Publish these tracks by kind, replacing those of before. Their SSRCs are known or will be learned."""
        self.tracks, self._mid_id = tracks, mid_id
        self._by_ssrc = {t.ssrc: (t, False) for t in tracks.values() if t.ssrc is not None}
        self._by_ssrc |= {t.rtx_ssrc: (t, True) for t in tracks.values() if t.rtx_ssrc is not None}

    def consent(self, address: Address, nominated: bool, now: float) -> None:
        """An authentic binding request came from `address`: it may be sent to (RFC 7675)."""
        self.last_seen = self.last_consent = now
        if nominated or self.address is None:
            self.address = address

    def dtls(self, data: bytes) -> None:
        """Take a DTLS datagram from an authenticated address."""
        self._dtls.receive(data)

    def rtp(self, size: int, now: float) -> None:
        """Take the encrypted RTP packet in `incoming`."""
        if self._srtp is None or not (size := self._srtp.unprotect(size)):
            return
        packet = parse(incoming_view, size)
        if packet is None:
            return
        self.last_seen = self.last_media = now
        self.packets_in += 1
        self.bytes_in += size
        if self.bytes_in - self._second_began > MAX_BYTES_A_SECOND:
            return  # a flood by a participant is not passed on to the others
        known = self._by_ssrc.get(packet.ssrc) or self._recognise(packet.ssrc, packet.payload_type, packet.extensions)
        if known is None:
            return
        track, repaired = known
        if repaired:
            if packet.payload_type != track.format.rtx_pt or len(packet.payload) < 2:
                return
            packet.sequence = packet.payload[0] << 8 | packet.payload[1]
            packet.payload = packet.payload[2:]
        elif packet.payload_type != track.format.pt:
            return
        track.receive(packet, now, repaired)

    def _recognise(self, ssrc: int, pt: int, extensions: dict[int, bytes]) -> tuple[Track, bool] | None:
        """Find the track of an unannounced stream by its MID, else by a payload type that only one track has."""
        if len(self._by_ssrc) >= MAX_LEARNED:
            return None
        mid = extensions.get(self._mid_id, b"")
        fits = [t for t in self.tracks.values() if pt in (t.format.pt, t.format.rtx_pt)]
        if mid:
            fits = [t for t in fits if t.mid.encode() == mid]
        if len(fits) != 1:
            return None
        track = fits[0]
        repaired = pt == track.format.rtx_pt
        if repaired:
            track.rtx_ssrc = ssrc
        else:
            track.use_ssrc(ssrc)
        self._by_ssrc[ssrc] = (track, repaired)
        return self._by_ssrc[ssrc]

    def rtcp(self, data: bytes, now: float) -> None:
        """Take an encrypted RTCP datagram."""
        plain = self._srtp.unprotect_rtcp(data) if self._srtp else None
        if plain is None:
            return
        self.last_seen = now
        for packet in rtcp.parse(plain):
            self._feedback(packet, now)

    def _feedback(self, packet: AnyRtcpPacket, now: float) -> None:
        if isinstance(packet, RtcpSrPacket):
            known = self._by_ssrc.get(packet.ssrc)
            if known and not known[1]:
                known[0].sender_report(packet.sender_info.ntp_timestamp, packet.sender_info.rtp_timestamp, now)
        if isinstance(packet, RtcpSrPacket | RtcpRrPacket):
            for block in packet.reports:
                if out := self._downlink(block.ssrc):
                    out.reception(block.fraction_lost, block.lsr, block.dlsr, now)
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == rtcp.NACK:
            if out := self._downlink(packet.media_ssrc):
                out.resend(packet.lost)
        else:
            for ssrc in rtcp.keyframe_wanted(packet):
                if out := self._downlink(ssrc):
                    out.want_key(now)
            rate = rtcp.rate_of(packet)
            self.rate = self.rate if rate is None else rate

    def _downlink(self, ssrc: int) -> Downlink | None:
        return next((out for out in self.downlinks.values() if out.ssrc == ssrc), None)

    def send_rtp(self, size: int) -> bool:
        """Encrypt the packet in `outgoing` and send it; False if this connection can't."""
        if self._srtp is None or self.address is None or not (size := self._srtp.protect(size)):
            return False
        self.packets_out += 1
        self.bytes_out += size
        return self._port.send(outgoing_view[:size], self.address)

    def send_rtcp(self, data: bytes) -> None:
        """Encrypt and send a compound RTCP packet."""
        sealed = self._srtp.protect_rtcp(data) if self._srtp else None
        if sealed is not None and self.address is not None:
            self._port.send(sealed, self.address)

    def takes(self, kind: str) -> bool:
        """Whether this kind can be sent to the browser now."""
        return self.connected and (kind == "audio" or not self.budget.paused)

    def look(self, now: float) -> bool:
        """Judge the browser's network once a second; True if pictures were paused or taken up again by that."""
        outs = self.downlinks.values()
        pictures = [out for out in outs if out.kind != "audio" and not out.waiting]
        octets, passed = sum(out.octets for out in outs if out.kind != "audio"), max(now - self._looked, 0.1)
        sent = max(0, octets - self._octets) * 8 / passed
        self._octets, self._looked = octets, now
        self._second_began = self.bytes_in
        before = self.budget.paused
        self.budget.look(now, sent, len(pictures), self.rate, max((out.own_loss for out in outs), default=0.0))
        if self.budget.paused:
            self.rate = None
        return self.budget.paused != before

    def report(self, now: float) -> None:
        """Tell the browser how its streams arrive, and to send what the weakest receiver takes; once a second."""
        streams = [track for track in self.tracks.values() if track.ssrc is not None]
        blocks = [block for track in streams if (block := track.reception(now))]
        data = rtcp.receiver_report(self.ssrc, blocks)
        pictures = [track for track in streams if track.kind != "audio"]
        if pictures:
            rate = sum(min([MOST, *(out.share for out in track.outs)]) for track in pictures)
            data += rtcp.estimated_rate(self.ssrc, int(rate), [track.ssrc or 0 for track in pictures])
        self.send_rtcp(data)

    def close(self) -> None:
        """Say goodbye and forget keys, addresses and credentials; nothing is sent afterwards."""
        self._dtls.close()
        self._forget()

    def _forget(self) -> None:
        self.connected = False
        self._srtp = None
        self._port.forget(self)

    def _send_plain(self, data: bytes) -> None:
        if self.address is not None:
            self._port.send(data, self.address)

    def _dtls_state(self, state: str) -> None:
        if state == "connected":
            self._srtp, self.connected = self._dtls.srtp, True
        else:
            self._forget()
        self._on_state(self, state)
