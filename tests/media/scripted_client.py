"""A call participant without a browser: offers, checks, shakes hands, sends what the test gives it, notes what comes.

It decodes nothing, so dozens of them run in one process. Every received packet carries the kernel's arrival time.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.rtp import AnyRtcpPacket, RtcpPacket, RtpPacket

from signaling.media.sfu import rtcp, rtp, srtp, stun
from signaling.media.sfu.datagram import Datagram
from signaling.media.sfu.dtls import Dtls

Answer = Callable[[str], Awaitable[str]]
SO_TIMESTAMPNS = 35
CONTROLLING, PRIORITY = 0x802A, 0x0024
CODECS = {"audio": 111, "video": 96, "screen": 96}
RTX_PT = 97
CLOCKS = {"audio": 48000, "video": 90000, "screen": 90000}
EXTENSIONS = {
    "audio": {1: "urn:ietf:params:rtp-hdrext:ssrc-audio-level", 4: "urn:ietf:params:rtp-hdrext:sdes:mid"},
    "video": {13: "urn:3gpp:video-orientation", 4: "urn:ietf:params:rtp-hdrext:sdes:mid"},
}
LAYERS = {10: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", 11: rtp.REPAIRED_RID}
CERTIFICATE = RTCCertificate.generateCertificate()


@dataclass(frozen=True)
class Received:
    """One packet from `source`; `arrived` is the kernel's clock in nanoseconds (time.time_ns)."""

    source: str
    kind: str
    packet: RtpPacket
    arrived: int
    repaired: bool = False
    extensions: dict[int, bytes] = field(default_factory=dict)


@dataclass
class Line:
    """One m-line of the offer; `kind` of an own line, None for a receive line."""

    media: str
    kind: str | None = None


class ScriptedClient:
    """One person. `answer` is the way to the engine: an offer in, an answer out.

    `local` is the person's own address; the server is where the answer says, unless it is reached at `server`.
    """

    def __init__(
        self,
        name: str,
        answer: Answer,
        certificate: RTCCertificate = CERTIFICATE,
        local: str = "127.0.0.1",
        server: str | None = None,
        dtls_role: Literal["client", "server"] = "client",
    ) -> None:
        self.name = name
        self.received: list[Received] = []
        self.rtcp: list[AnyRtcpPacket] = []
        self.keyframes_wanted = 0
        self.connected = asyncio.Event()
        self.closed = asyncio.Event()
        self.on_packet: Callable[[Received], None] = self.received.append
        self.on_encrypted: Callable[[bytes, int], None] = self._rtp  # the bench counts them unopened
        self.on_keyframe_wanted: Callable[[], None] = lambda: None
        self.answer_text = ""
        self.sources: dict[int, tuple[str, str, bool]] = {}
        self.names: dict[int, set[str]] = {}
        self.server: tuple[str, int] = ("", 0)
        self.lines: list[Line] = []
        self.sent = dict.fromkeys(CODECS, 0)
        self.rids: tuple[str, ...] = ()
        self.ssrcs = {kind: secrets.randbelow(1 << 31) + 1 for kind in (*CODECS, "l", "m", "h")}
        self.session = secrets.randbits(40)
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)
        self.wanted_lost: set[int] = set()
        self._answer = answer
        self._certificate = certificate
        self._pair: srtp.SrtpPair | None = None
        self._datagram = Datagram()
        self._sequence = {kind: secrets.randbelow(0xFFFF) for kind in self.ssrcs}
        self._dtls = Dtls(certificate, dtls_role, self._send, self._state)
        self._started = False
        self._remote = ("", "")
        self._task: asyncio.Task[None] | None = None
        self._version = 0
        self._local, self._server_host = local, server
        self.socket = self._opened()

    def _opened(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in self._local else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sock.bind((self._local, 0))
        sock.setblocking(False)
        return sock

    # --- joining

    async def join(self, receive: int = 0, publish: tuple[str, ...] = ("audio", "video")) -> None:
        """Publish these kinds, with lines to receive `receive` people, and wait until keys are there."""
        self.lines = [Line("audio" if kind == "audio" else "video", kind) for kind in publish]
        self.lines += [Line(media) for media in ("audio", "video") for _ in range(receive)]
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._read)
        await self.negotiate()
        self._task = asyncio.ensure_future(self._keep_checking())
        await asyncio.wait_for(self.connected.wait(), 10)

    async def negotiate(self) -> None:
        """Offer (again) and learn from the answer whose tracks come under which SSRC."""
        self._version += 1
        self.answer_text = await self._answer(self.offer())
        self._learn(self.answer_text)

    def restart_ice(self) -> None:
        """The next offer asks for an ICE restart, and a new socket stands for a new network."""
        self.ufrag, self.password = secrets.token_hex(4), secrets.token_hex(12)

    def move_network(self) -> None:
        """Go on from another address, as after a change of network."""
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()
        self.socket = self._opened()
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._read)

    async def close(self, goodbye: bool = True) -> None:
        """Leave; without `goodbye` like a machine whose power fails."""
        if self._task:
            self._task.cancel()
        if not goodbye:
            self.server = ("127.0.0.1", 9)  # the discard port
        self._dtls.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if self.socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self.socket.fileno())
            self.socket.close()
        self.closed.set()
        self._pair = None

    def offer(self) -> str:
        """The offer as text."""
        fingerprint = next(f for f in self._certificate.getFingerprints() if f.algorithm == "sha-256")
        mids = " ".join(str(number) for number in range(len(self.lines)))
        text = [
            "v=0",
            f"o=- {self.session} {self._version} IN IP4 127.0.0.1",
            "s=-",
            "t=0 0",
            f"a=group:BUNDLE {mids}",
        ]
        for mid, line in enumerate(self.lines):
            text += self._line(mid, line)
            text += [
                f"a=ice-ufrag:{self.ufrag}",
                f"a=ice-pwd:{self.password}",
                f"a=fingerprint:sha-256 {fingerprint.value}",
                "a=setup:actpass",
            ]
        return "\r\n".join(text) + "\r\n"

    def _line(self, mid: int, line: Line) -> list[str]:
        if line.media == "audio":
            text = ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 useinbandfec=1"]
        else:
            text = [
                "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
                "a=rtpmap:96 VP8/90000",
                "a=rtcp-fb:96 nack",
                "a=rtcp-fb:96 nack pli",
                "a=rtcp-fb:96 goog-remb",
                "a=rtpmap:97 rtx/90000",
                "a=fmtp:97 apt=96",
            ]
        text += ["c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=rtcp-mux"]
        text += [f"a=extmap:{number} {uri}" for number, uri in EXTENSIONS[line.media].items()]
        if line.kind is None:
            return [*text, "a=recvonly"]
        if line.kind == "video" and self.rids:
            text += [f"a=extmap:{number} {uri}" for number, uri in LAYERS.items()]
            text += [f"a=rid:{rid} send" for rid in self.rids]
            return [*text, "a=sendonly", f"a=simulcast:send {';'.join(self.rids)}"]
        return [*text, "a=sendonly", f"a=ssrc:{self.ssrcs[line.kind]} cname:{self.name}"]

    def _learn(self, answer: str) -> None:
        for section in answer.split("\r\nm=")[1:]:
            lines = section.split("\r\n")
            msid = next((line[7:].split() for line in lines if line.startswith("a=msid:")), None)
            group = next((line.split()[1:] for line in lines if line.startswith("a=ssrc-group:FID")), [])
            for line in lines:
                if msid and line.startswith("a=ssrc:"):
                    ssrc = int(line[7:].split()[0])
                    self.names.setdefault(ssrc, set()).add(msid[0])
                    self.sources[ssrc] = (msid[0], msid[1], len(group) == 2 and int(group[1]) == ssrc)
                elif line.startswith("a=candidate:"):
                    fields = line.split()
                    self.server = (self._server_host or fields[4], int(fields[5]))
        values: dict[str, str] = {}
        for line in answer.split("\r\n"):
            name, _, value = line[2:].partition(":")
            values.setdefault(name, value)
        self._remote = (values["ice-ufrag"], values["ice-pwd"])

    def received_streams(self) -> dict[int, tuple[str, str, bool]]:
        """By SSRC: the source, the kind, whether it repairs."""
        return self.sources

    def given(self) -> set[tuple[str, str]]:
        """Whose tracks the lines carry: (source, kind)."""
        lines = [line[7:].split() for line in self.answer_text.split("\r\n") if line.startswith("a=msid:")]
        return {(source, kind) for source, kind in lines}

    @staticmethod
    def _fingerprint(answer: str) -> tuple[str, str]:
        line = next(line for line in answer.split("\r\n") if line.startswith("a=fingerprint:"))
        algorithm, value = line[14:].split()
        return algorithm, value

    # --- the network

    async def _keep_checking(self) -> None:
        while True:
            self.check()
            await asyncio.sleep(0.05 if not self.connected.is_set() else 1.0)

    def check(self) -> None:
        """Send one binding request that nominates this address."""
        ufrag, password = self._remote
        extra = self._role() + stun.attribute(PRIORITY, bytes(4))
        self._send(stun.request(secrets.token_bytes(12), f"{ufrag}:{self.ufrag}", password, extra))

    def _role(self) -> bytes:
        """Who offers is controlling, and nominates (RFC 8445)."""
        return stun.attribute(stun.USE_CANDIDATE, b"") + stun.attribute(CONTROLLING, secrets.token_bytes(8))

    def _send(self, data: bytes | memoryview) -> None:
        try:
            self.socket.sendto(data, self.server)
        except OSError:
            return

    def _read(self) -> None:
        while True:
            try:
                data, ancillary, _, address = self.socket.recvmsg(2048, 64)
            except OSError:
                return
            if data[0] < 4:
                self._checked(data, address)
            elif 20 <= data[0] < 64:
                self._dtls.receive(data)
            elif data[0] >= 128 and self._pair:
                if 192 <= data[1] < 224:
                    self._rtcp(data, self._pair)
                else:
                    seconds, nanoseconds = struct.unpack("qq", ancillary[0][2][:16])
                    self.on_encrypted(data, seconds * 1_000_000_000 + nanoseconds)

    def _checked(self, data: bytes, address: tuple[str, int]) -> None:
        request = stun.parse_request(data)
        if request:
            self._send(stun.success(request.transaction, address, self.password))
        elif not self._started:
            self._started = True
            self._dtls.start([self._fingerprint(self.answer_text)])

    def _rtp(self, data: bytes, arrived: int) -> None:
        if not (self._pair and self._datagram.fill(data) and self._pair.unprotect(self._datagram)):
            return
        read = rtp.parse(self._datagram.content(), self._datagram.size)
        told = {ident: value for ident in range(1, 15) if read and (value := read.extension(ident))}
        packet = RtpPacket.parse(self._datagram.content())
        source, kind, repaired = self.sources.get(packet.ssrc, ("?", "?", False))
        if not repaired and packet.sequence_number in self.wanted_lost:
            self.wanted_lost.discard(packet.sequence_number)
            return
        self.on_packet(Received(source, kind, packet, arrived, repaired, told))

    def _rtcp(self, data: bytes, pair: srtp.SrtpPair) -> None:
        if not (self._datagram.fill(data) and pair.unprotect_rtcp(self._datagram)):
            return
        packets = RtcpPacket.parse(self._datagram.content())
        self.rtcp = (self.rtcp + packets)[-200:]
        if any(getattr(packet, "fmt", 0) == 1 and type(packet).__name__ == "RtcpPsfbPacket" for packet in packets):
            self.keyframes_wanted += 1
            self.on_keyframe_wanted()

    def _state(self, state: str) -> None:
        if state == "connected":
            self._pair = self._dtls.srtp
            self.connected.set()
        else:
            self.closed.set()

    # --- sending

    def send(
        self,
        kind: str,
        payload: bytes,
        timestamp: int | None = None,
        marker: bool = True,
        extensions: bytes = b"",
        lose: bool = False,
        sequence: int | None = None,
    ) -> int:
        """Send one packet on an own track and return its sequence number; `lose` numbers it but doesn't send it."""
        if sequence is None:
            self._sequence[kind] = sequence = (self._sequence[kind] + 1) & 0xFFFF
        self.sent[kind] += 1
        stamp = timestamp if timestamp is not None else int(time.monotonic() * CLOCKS[kind])
        self.raw(kind, CODECS[kind], self.ssrcs[kind], sequence, stamp, payload, marker, extensions, lose)
        return sequence

    def send_layer(
        self, rid: str, payload: bytes, timestamp: int | None = None, marker: bool = True, lose: bool = False
    ) -> int:
        """Send one packet of one layer of the camera, with MID and RID as a browser's first packets."""
        self._sequence[rid] = sequence = (self._sequence[rid] + 1) & 0xFFFF
        stamp = timestamp if timestamp is not None else int(time.monotonic() * 90000)
        mid = next(number for number, line in enumerate(self.lines) if line.kind == "video")
        extensions = rtp.block(rtp.element(4, str(mid).encode()) + rtp.element(10, rid.encode()))
        self.raw("video", CODECS["video"], self.ssrcs[rid], sequence, stamp, payload, marker, extensions, lose)
        return sequence

    def raw(
        self,
        kind: str,
        pt: int,
        ssrc: int,
        sequence: int,
        timestamp: int,
        payload: bytes,
        marker: bool = True,
        extensions: bytes = b"",
        lose: bool = False,
    ) -> None:
        """Send a packet with every field given."""
        first = 0x90 if extensions else 0x80
        head = struct.pack(
            "!BBHII", first, pt | (0x80 if marker else 0), sequence, timestamp & 0xFFFFFFFF, ssrc & 0xFFFFFFFF
        )
        data = head + extensions + payload
        sealed = self._pair and self._datagram.fill(data) and self._pair.protect(self._datagram)
        if sealed and not lose:
            self._send(self._datagram.view[: self._datagram.size])

    def ask_again(self, ssrc: int, numbers: list[int]) -> None:
        """Say that these packets of a received stream were lost (NACK, RFC 4585)."""
        self.send_rtcp(rtcp.nack(1, ssrc, numbers))

    def send_rtcp(self, data: bytes) -> None:
        """Send a compound RTCP packet."""
        if self._pair and self._datagram.fill(data) and self._pair.protect_rtcp(self._datagram):
            self._send(self._datagram.content())
