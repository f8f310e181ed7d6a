"""The voice of a recording: Opus as it came, silence where nothing came, so that the track has no holes."""

from __future__ import annotations

from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from signaling.media.recording.clock import StreamClock
from signaling.media.recording.cluster import VOICE, Block

SILENCE, SILENCE_LASTS = b"\xf8\xff\xfe", 0.02
BEHIND = 1.0  # seconds that the voice may lag before silence takes its place
QUIET = 2.0  # seconds without a packet after which a microphone counts as off
_WAITING = 16  # packets that a lost one is waited for


class Voice:
    """Frames of one person's microphone, from any number of streams one after the other."""

    def __init__(self) -> None:
        self.clock = StreamClock(48000)
        self.on = False
        self._buffer = JitterBuffer(_WAITING)
        self._next = 0.0
        self._heard = -QUIET

    def take(self, packet: RtpPacket, at: float) -> list[Block]:
        """The blocks that can be written now that this packet came."""
        if self.clock.arrived(packet.ssrc, packet.timestamp, at):
            self._buffer = JitterBuffer(_WAITING)
        self._heard, self.on = at, True
        packet._data = packet.payload  # type: ignore[attr-defined]  # where JitterBuffer looks
        _, frame = self._buffer.add(packet)
        if frame is None or not frame.data:
            return []
        taken = self.clock.at(frame.timestamp)
        if taken < self._next - BEHIND / 10:
            return []  # its time is over: silence stands there already
        return [*self._silence(taken - 1.5 * SILENCE_LASTS), self._block(frame.data, lasting(frame.data))]

    def wait(self, at: float) -> list[Block]:
        """The silence that is due when nothing came for long."""
        self.on = self.on and at - self._heard < QUIET
        return self._silence(at - BEHIND)

    def finish(self, at: float) -> list[Block]:
        """Silence up to the end."""
        return self._silence(at - SILENCE_LASTS)

    def _silence(self, until: float) -> list[Block]:
        blocks = []
        while self._next < until:
            blocks.append(self._block(SILENCE, SILENCE_LASTS))
        return blocks

    def _block(self, data: bytes, seconds: float) -> Block:
        block = Block(round(self._next * 1000), VOICE, True, data)
        self._next += seconds
        return block


def lasting(packet: bytes) -> float:
    """How many seconds of sound an Opus packet holds (RFC 6716 section 3.1)."""
    config, code = packet[0] >> 3, packet[0] & 3
    if config < 12:
        frame = (0.01, 0.02, 0.04, 0.06)[config % 4]
    elif config < 16:
        frame = (0.01, 0.02)[config % 2]
    else:
        frame = (0.0025, 0.005, 0.01, 0.02)[config % 4]
    frames = 1 if code == 0 else 2 if code < 3 else packet[1] & 0x3F if len(packet) > 1 else 1
    return frame * min(max(frames, 1), 48)
