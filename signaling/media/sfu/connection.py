"""One browser's peer connection: ICE-lite credentials, DTLS, and the streams on it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.rtp import AnyRtcpPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSrPacket

from signaling.media.sfu import rtcp
from signaling.media.sfu.downlink import Downlink
from signaling.media.sfu.dtls import Dtls
from signaling.media.sfu.feedback import is_feedback
from signaling.media.sfu.floods import PeerLimits
from signaling.media.sfu.network import Network
from signaling.media.sfu.rtp import parse
from signaling.media.sfu.srtp import SrtpPair
from signaling.media.sfu.track import Track
from signaling.media.sfu.uplink import Uplink

if TYPE_CHECKING:
    from signaling.media.sfu.datagram import Arrival, Datagram
    from signaling.media.sfu.port import Port
    from signaling.media.sfu.sending import Way

FEEDBACK = 0.1  # seconds
MAX_BYTES_A_SECOND: Final = 1_000_000


class Connection:
    """Everything between one browser and the port. `on_state` is told ``connected``, ``closed`` or ``failed``."""

    def __init__(
        self, port: Port, certificate: RTCCertificate, session: str, on_state: Callable[[Connection, str], None]
    ) -> None:
        self.session = session
        self.number = secrets.randbits(62)
        self.version = 0
        self.way: Way | None = None
        self.uplink = Uplink()
        self.downlinks: dict[str, Downlink] = {}
        self.connected = False
        self.limits = PeerLimits()
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
        self._told_at = 0.0
        self.ufrag = self.password = ""

    @property
    def tracks(self) -> dict[str, Track]:
        """What the browser publishes, by kind."""
        return self.uplink.tracks

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

    def consent(self, way: Way, nominated: bool, now: float) -> None:
        """An authentic binding request came this way: it may be sent to (RFC 7675)."""
        self.last_seen = self.last_consent = now
        if nominated or self.way is None:
            self.way = way

    def dtls(self, data: bytes) -> None:
        """Take a DTLS datagram from an authenticated address."""
        self._dtls.receive(data)

    def rtp(self, arrival: Arrival, now: float) -> None:
        """Take an encrypted RTP packet."""
        if self._srtp is None or not self._srtp.unprotect(arrival):
            return
        packet = parse(arrival.data, arrival.size)
        if packet is None:
            return
        self.last_seen = self.last_media = now
        self.packets_in += 1
        self.bytes_in += arrival.size
        if self.bytes_in - self._second_began > MAX_BYTES_A_SECOND:
            return  # a flood by a participant is not passed on to the others
        self.uplink.take(packet, now, arrival)

    def rtcp(self, arrival: Arrival, now: float) -> None:
        """Take an encrypted RTCP datagram."""
        if self._srtp is None or not self._srtp.unprotect_rtcp(arrival):
            return
        self.last_seen = now
        for part in rtcp.parts(arrival.content()):
            if is_feedback(part):
                self.network.take(part, now)
            else:
                for packet in rtcp.parse(part):
                    self._feedback(packet, now)

    def _feedback(self, packet: AnyRtcpPacket, now: float) -> None:
        if isinstance(packet, RtcpSrPacket):
            told = packet.sender_info
            self.uplink.sender_report(packet.ssrc, told.ntp_timestamp, told.rtp_timestamp, now)
        if isinstance(packet, RtcpSrPacket | RtcpRrPacket):
            for block in packet.reports:
                if out := self._downlink(block.ssrc):
                    out.reception(block.fraction_lost, block.lsr, block.dlsr, now)
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == rtcp.NACK:
            if out := self._downlink(packet.media_ssrc):
                out.resend(packet.lost, now)
        else:
            for ssrc in rtcp.keyframe_wanted(packet):
                if out := self._downlink(ssrc):
                    out.want_key(now)
            rate = rtcp.rate_of(packet)
            self.network.told = self.network.told if rate is None else rate

    def _downlink(self, ssrc: int) -> Downlink | None:
        return next((out for out in self.downlinks.values() if out.ssrc == ssrc), None)

    def blank(self) -> Datagram | None:
        """Memory for the next packet that is sent; None while nothing can be."""
        return self.way.blank() if self.way is not None and self._srtp is not None else None

    def send_rtp(self, packet: Datagram) -> bool:
        """Encrypt the blank, which has been filled, and send it; False if this connection can't.

        True as soon as it is encrypted, even if it is lost then: no other packet may ever have its number (RFC 7714
        section 8.1).
        """
        if self._srtp is None or self.way is None or not self._srtp.protect(packet):
            return False
        self.packets_out += 1
        self.bytes_out += packet.size
        self.way.send(packet)
        return True

    def send_rtcp(self, data: bytes) -> None:
        """Encrypt and send a compound RTCP packet."""
        if self._srtp is None or self.way is None:
            return
        packet = self.way.blank()
        if packet.fill(data) and self._srtp.protect_rtcp(packet):
            self.way.send(packet)

    def use(self, downlinks: dict[str, Downlink]) -> None:
        """These are the browser's receive lines from now on, by mid."""
        self.downlinks = downlinks
        self.network.use(downlinks.values())

    def tick(self, now: float) -> None:
        """Repeat requests, allow retransmissions again, tell what arrived; called about every 50 ms."""
        self.uplink.tick(now)
        for out in self.downlinks.values():
            out.tick()
        if now - self._told_at >= FEEDBACK and (told := self.uplink.arrivals()):
            self._told_at = now
            self.send_rtcp(told)
        if self.connected:
            self.network.tick(now)

    def report(self, now: float) -> None:
        """Tell the browser how its streams arrive, and to send what the weakest receiver takes; once a second."""
        self._second_began = self.bytes_in
        self.send_rtcp(self.uplink.report(now))

    def close(self) -> None:
        """Say goodbye and forget keys, addresses and credentials; nothing is sent afterwards."""
        self._dtls.close()
        self._forget()

    def _forget(self) -> None:
        self.connected = False
        self._srtp = None
        self._port.forget(self)

    def _send_plain(self, data: bytes) -> None:
        if self.way is not None:
            self.way.send_bytes(data)

    def _dtls_state(self, state: str) -> None:
        if state == "connected":
            self._srtp, self.connected = self._dtls.srtp, True
        else:
            self._forget()
        self._on_state(self, state)
