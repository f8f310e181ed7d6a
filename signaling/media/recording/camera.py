"""The picture of a recording: VP8 as it came, from keyframe to keyframe over every gap, black while the camera is off."""

from __future__ import annotations

from aiortc.codecs.vpx import vp8_depayload
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from signaling.media.recording.clock import StreamClock
from signaling.media.recording.cluster import CAMERA, Block

# A keyframe of 320 × 180 black pixels, made by libvpx.
BLACK = bytes.fromhex(
    "f00e009d012a4001b4000247088585888584880c8200061604f70681649f6bdb9" + "b27387" * 31 + "b272e00fefc5cd0"
)
DARK = 2.0  # seconds without a packet after which a camera counts as off
KEYFRAME_EVERY = 8.0  # seconds; so far apart are the places that a player can jump to
_WAITING = 256  # packets, and
PATIENCE = 0.7  # seconds, that a lost packet is waited for
_START_CODE = b"\x9d\x01\x2a"


class Camera:
    """Frames of one person's camera, from any number of streams one after the other. `size` is that of the newest."""

    def __init__(self) -> None:
        self.clock = StreamClock(90000)
        self.on = False
        self.size: tuple[int, int] | None = None
        self._buffer = JitterBuffer(_WAITING, is_video=True)
        self._broken = True
        self._newest: int | None = None
        self._hole_since: float | None = None
        self._next = -0.001
        self._seen = -DARK
        self._key_at = -KEYFRAME_EVERY

    def take(self, packet: RtpPacket, at: float, lead: float) -> Block | None:
        """The frame that is whole now that this packet came; `lead` is taken off its time.

        After a loss nothing is given until the next keyframe.
        """
        if self.clock.arrived(packet.ssrc, packet.timestamp, at) or self._lost_for_good(packet.sequence_number, at):
            self._begin()
        self._seen, self._newest = at, packet.sequence_number
        try:
            packet._data = vp8_depayload(packet.payload)  # type: ignore[attr-defined]  # where JitterBuffer looks
        except ValueError:
            return None
        lost, frame = self._buffer.add(packet)
        self._broken = self._broken or lost
        if frame is None:
            return None
        self._hole_since = None
        size = keyframe_size(frame.data)
        if size is None and self._broken:
            return None
        if size is not None:
            self._broken, self.on, self.size, self._key_at = False, True, size, at
        return self._block(self.clock.at(frame.timestamp) - lead, size is not None, frame.data)

    def _begin(self) -> None:
        self._buffer, self._broken = JitterBuffer(_WAITING, is_video=True), True
        self._newest = self._hole_since = None

    def _lost_for_good(self, sequence: int, at: float) -> bool:
        """Whether a packet is missing for so long that it will not come any more."""
        if self._hole_since is None and self._newest is not None and sequence != self._newest + 1 & 0xFFFF:
            self._hole_since = at
        return self._hole_since is not None and at - self._hole_since > PATIENCE

    def wait(self, at: float) -> Block | None:
        """Black, when no packet came for long."""
        if not self.on or at - self._seen < DARK:
            return None
        self.on, self._broken = False, True
        return self.black(at)

    def black(self, at: float) -> Block:
        """A black picture."""
        return self._block(at, True, BLACK)

    def wants_keyframe(self, at: float) -> bool:
        """Whether the person's browser should be asked for a keyframe, if pictures come from it at all."""
        return self._broken or at - self._key_at > KEYFRAME_EVERY

    def _block(self, at: float, key: bool, data: bytes) -> Block:
        self._next = max(self._next + 0.001, at)
        return Block(round(self._next * 1000), CAMERA, key, data)


def keyframe_size(frame: bytes) -> tuple[int, int] | None:
    """Width and height of a VP8 keyframe (RFC 6386 section 9.1); None for any other frame."""
    if len(frame) < 10 or frame[0] & 1 or frame[3:6] != _START_CODE:
        return None
    return int.from_bytes(frame[6:8], "little") & 0x3FFF, int.from_bytes(frame[8:10], "little") & 0x3FFF
