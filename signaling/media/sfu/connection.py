"""One browser's peer connection: ICE-lite credentials, DTLS, and the streams on it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.rtp import AnyRtcpPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket

from signaling.media.sfu import rtcp
from signaling.media.sfu.downlink import Downlink
from signaling.media.sfu.dtls import Dtls
from signaling.media.sfu.feedback import Arrivals, is_feedback
from signaling.media.sfu.floods import PeerLimits
from signaling.media.sfu.layer import Layer
from signaling.media.sfu.network import Network
from signaling.media.sfu.rtp import MID, REPAIRED_RID, RID, WIDE_NUMBER, Packet, parse
from signaling.media.sfu.srtp import SrtpPair, incoming_view, outgoing_view
from signaling.media.sfu.track import Track

if TYPE_CHECKING:
    from signaling.media.sfu.port import Port
    from signaling.media.sfu.sending import Address

MAX_LEARNED = 16
TICKS_PER_FEEDBACK = 2
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
        self.network = Network()
        self._second_began = 0
        self.packets_in = self.bytes_in = self.packets_out = self.bytes_out = 0
        self.last_seen = self.last_consent = time.monotonic()
        self.last_media: float | None = None
        self._port = port
        self._on_state = on_state
        self._srtp: SrtpPair | None = None
        self._dtls = Dtls(certificate, "server", self._send_plain, self._dtls_state)
        self._remote_ufrag = ""
        self._by_ssrc: dict[int, tuple[Layer, bool]] = {}
        self._ids: dict[str, int] = {}
        self._arrivals: Arrivals | None = None
        self._wide_id = 0
        self._ticks = 0
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

    def learn(self, tracks: dict[str, Track], ids: dict[str, int]) -> None:
        """Publish these tracks by kind, replacing those of before. Their SSRCs are known or will be learned.

        `ids` are the browser's numbers of header extensions, by URI.
        """
        self.tracks, self._ids = tracks, ids
        self._wide_id = ids.get(WIDE_NUMBER, 0)
        if self._wide_id and self._arrivals is None:
            self._arrivals = Arrivals()
        layers = [layer for track in tracks.values() for layer in track.layers]
        self._by_ssrc = {layer.ssrc: (layer, False) for layer in layers if layer.ssrc is not None}
        self._by_ssrc |= {layer.rtx_ssrc: (layer, True) for layer in layers if layer.rtx_ssrc is not None}

    def consent(self, address: Address, nominated: bool, now: float) -> None:
        """An authentic binding request came from `address`: it may be sent to (RFC 7675)."""
        self.last_seen = self.last_consent = now
        if nominated or self.address is None:
            self.address = address

    def dtls(self, data: bytes) -> None:
        """Take a DTLS datagram from an authenticated address."""
        self._dtls.receive(data)

    def rtp(self, size: int, now: float, arrived: float) -> None:
        """Take the encrypted RTP packet in `incoming`; `arrived` is the kernel's moment, by a clock of its own."""
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
        if self._arrivals and (wide := packet.extensions.get(self._wide_id)) and len(wide) == 2:
            self._arrivals.note(wide[0] << 8 | wide[1], arrived)
        known = self._by_ssrc.get(packet.ssrc) or self._recognise(packet)
        if known is None:
            return
        layer, repaired = known
        form = layer.track.format
        if repaired:
            if packet.payload_type != form.rtx_pt or len(packet.payload) < 2:
                return
            packet.sequence = packet.payload[0] << 8 | packet.payload[1]
            packet.payload = packet.payload[2:]
        elif packet.payload_type != form.pt:
            return
        layer.receive(packet, now, repaired)

    def _recognise(self, packet: Packet) -> tuple[Layer, bool] | None:
        """Find the layer of an unannounced stream: by its MID, else by a payload type that only one track has, and by
        its RID (RFC 8852) where the track comes in several layers."""
        if len(self._by_ssrc) >= MAX_LEARNED:
            return None
        pt = packet.payload_type
        mid = packet.extensions.get(self._ids.get(MID, 0), b"")
        fits = [track for track in self.tracks.values() if pt in (track.format.pt, track.format.rtx_pt)]
        if mid:
            fits = [track for track in fits if track.mid.encode() == mid]
        if len(fits) != 1:
            return None
        repaired = pt == fits[0].format.rtx_pt
        rid = packet.extensions.get(self._ids.get(REPAIRED_RID if repaired else RID, 0), b"")
        layers = fits[0].layers
        found = layers[0] if len(layers) == 1 else next((each for each in layers if each.rid.encode() == rid), None)
        if found is None:
            return None
        if repaired:
            found.rtx_ssrc = packet.ssrc
        else:
            found.use_ssrc(packet.ssrc)
        self._by_ssrc[packet.ssrc] = (found, repaired)
        return found, repaired

    def rtcp(self, data: bytes, now: float) -> None:
        """Take an encrypted RTCP datagram."""
        plain = self._srtp.unprotect_rtcp(data) if self._srtp else None
        if plain is None:
            return
        self.last_seen = now
        for part in rtcp.parts(plain):
            if is_feedback(part):
                self.network.take(part, now)
            else:
                for packet in rtcp.parse(part):
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
            self.network.told = self.network.told if rate is None else rate

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

    def use(self, downlinks: dict[str, Downlink]) -> None:
        """These are the browser's receive lines from now on, by mid."""
        self.downlinks = downlinks
        self.network.use(downlinks.values())

    def tick(self, now: float) -> None:
        """Repeat requests, allow retransmissions again, tell what arrived; called about every 50 ms."""
        for track in self.tracks.values():
            track.tick(now)
        for out in self.downlinks.values():
            out.tick()
        self._ticks += 1
        if self._arrivals and self._ticks % TICKS_PER_FEEDBACK == 0:
            told = self._arrivals.write(self.ssrc, next(iter(self._by_ssrc), 0))
            if told:
                self.send_rtcp(told)
        if self.connected:
            self.network.tick(now)

    def report(self, now: float) -> None:
        """Tell the browser how its streams arrive, and to send what the weakest receiver takes; once a second."""
        self._second_began = self.bytes_in
        layers = [layer for track in self.tracks.values() for layer in track.layers if layer.ssrc is not None]
        blocks = [block for layer in layers if (block := layer.reception(now))]
        data = rtcp.receiver_report(self.ssrc, blocks)
        ssrcs = [layer.ssrc or 0 for layer in layers if layer.track.kind != "audio"]
        if ssrcs:
            data += rtcp.estimated_rate(self.ssrc, int(sum(track.asked for track in self.tracks.values())), ssrcs)
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
