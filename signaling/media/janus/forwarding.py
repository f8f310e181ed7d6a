"""One person's recording on Janus: their packets come here over SRTP and go into the recorder of all engines.

Janus sends them to the address from which we command it, sealed with a key of the recording's own.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import time

import pylibsrtp
from aiortc.rtp import RtpPacket

from signaling.media.engine import EngineDown, RecordingTarget
from signaling.media.janus.publisher import Publisher
from signaling.media.janus.wire import Message, Refused
from signaling.media.recording.recorder import Recorder
from signaling.media.sfu import rtp

CODECS = {"audio": "opus", "video": "vp8", "screen": "vp8"}
PAYLOADS = {"audio": 111, "video": 96, "screen": 97}
SUITE = 80  # AES_CM_128_HMAC_SHA1_80 (RFC 4568 section 6.2)
KEY_BYTES = 30


class Forwarding:
    """Ends with the room, with another target, or with its Janus."""

    def __init__(self, target: RecordingTarget, address: str) -> None:
        """Raises OSError when the file can't be made."""
        self.recorder = Recorder(target, time.monotonic())
        self._address = address
        self._key = secrets.token_bytes(KEY_BYTES)
        self._ends: dict[str, asyncio.DatagramTransport] = {}
        self._feed: tuple[str, list[str]] = ("", [])
        self._forwarders: list[int] = []
        self._shared_at = float("-inf")

    async def follow(self, publisher: Publisher | None, room: Message) -> None:
        """Have Janus forward what this person sends now; nothing changes while that is so already.

        Raises OSError without an address to take packets at, Refused when Janus doesn't forward.
        """
        kinds = sorted(kind for kind in CODECS if publisher and publisher.feed(kind))
        feed = (publisher.id, kinds) if publisher and kinds else ("", [])
        if feed == self._feed:
            return
        await self._stop_forwarding(publisher, room)
        self._feed = ("", [])
        if publisher and kinds:
            try:
                await self._forward(publisher, kinds, room)
            except Refused as refused:
                if not refused.gone:
                    raise
                return  # they left just now: their next connection is followed
        self._feed = feed

    async def _forward(self, publisher: Publisher, kinds: list[str], room: Message) -> None:
        streams = [await self._stream(publisher, kind) for kind in kinds]
        sealed = {"srtp_suite": SUITE, "srtp_crypto": base64.b64encode(self._key).decode()}
        body = {**room, **sealed, "publisher_id": publisher.id, "host": self._address, "streams": streams}
        forwarders = (await publisher.handle.ask("rtp_forward", body)).data.get("forwarders", [])
        if len(forwarders) != len(streams) or not all(one.get("srtp") for one in forwarders):
            raise EngineDown("Janus would send a recording unsealed")
        self._forwarders = [one["stream_id"] for one in forwarders]

    async def _stop_forwarding(self, publisher: Publisher | None, room: Message) -> None:
        """Have Janus send nothing more of this connection; an earlier one of the person ended with what it forwarded."""
        forwarders, self._forwarders = self._forwarders, []
        if publisher is None or publisher.id != self._feed[0]:
            return
        for forwarder in forwarders:
            with contextlib.suppress(Refused):  # it has ended
                body = {**room, "publisher_id": publisher.id, "stream_id": forwarder}
                await publisher.handle.ask("stop_rtp_forward", body)

    async def _stream(self, publisher: Publisher, kind: str) -> Message:
        self._end(kind)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Arriving(self, kind, publisher.turn_id if kind == "video" else 0), (self._address, 0)
        )
        self._ends[kind] = transport
        return {
            "mid": publisher.kinds[kind],
            "host": self._address,
            "port": transport.get_extra_info("sockname")[1],
            "pt": PAYLOADS[kind],
            "ssrc": secrets.randbits(31) + 1,
            "simulcast": kind == "video" and publisher.layered,
        }

    def unsealing(self) -> pylibsrtp.Session:
        """What opens the packets of one stream."""
        return pylibsrtp.Session(
            pylibsrtp.Policy(
                key=self._key,
                ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND,
                srtp_profile=pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
            )
        )

    def take(self, kind: str, packet: RtpPacket, turn: int | None) -> None:
        """A packet has come."""
        if kind == "screen":
            self._shared_at = time.monotonic()
        self.recorder.take(kind, CODECS[kind], packet, time.monotonic(), turn)

    async def look(self, publisher: Publisher | None) -> None:
        """Several times a second: fill gaps, write, ask for a keyframe where one is needed."""
        now = time.monotonic()
        self.recorder.tick(now)
        coming = [
            kind for kind in CODECS if publisher and publisher.feed(kind) and (kind != "screen" or self._shares(now))
        ]
        if publisher and any(self.recorder.wants_keyframe(kind, now) for kind in coming):
            with contextlib.suppress(Refused):  # they left just now
                await publisher.handle.ask("configure", {"keyframe": True})

    def _shares(self, now: float) -> bool:
        """Whether the screen comes: it is muted at the entrance of Janus, so its line alone says nothing."""
        return now - self._shared_at < 1.0

    async def stop(self, publisher: Publisher | None, room: Message) -> None:
        """Take nothing more, and have Janus send nothing more."""
        self.close()
        await self._stop_forwarding(publisher, room)

    def close(self) -> None:
        """Take nothing more, and mark the files as whole."""
        for kind in list(self._ends):
            self._end(kind)
        self.recorder.close(time.monotonic())

    def _end(self, kind: str) -> None:
        if kind in self._ends:
            self._ends.pop(kind).abort()


class _Arriving(asyncio.DatagramProtocol):
    """One stream's packets; whatever wasn't sealed with the key is dropped."""

    def __init__(self, forwarding: Forwarding, kind: str, turn_id: int) -> None:
        self._forwarding, self._kind, self._turn_id = forwarding, kind, turn_id
        self._session = forwarding.unsealing()

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            plain = self._session.unprotect(data)
        except pylibsrtp.Error:
            return
        read = rtp.parse(plain, len(plain))
        if read is None:
            return
        packet = RtpPacket(
            sequence_number=read.sequence, timestamp=read.timestamp, ssrc=read.ssrc, payload=read.payload
        )
        turned = read.extension(self._turn_id)
        self._forwarding.take(self._kind, packet, 90 * (turned[0] & 3) if turned else None)
