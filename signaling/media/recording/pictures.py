"""The pictures of a recording: as they came, from keyframe to keyframe over every gap."""

from __future__ import annotations

from collections.abc import Callable

from aiortc.jitterbuffer import JitterBuffer
from aiortc.rtp import RtpPacket

from signaling.media.recording.clock import StreamClock
from signaling.media.recording.cluster import PICTURE, Block
from signaling.media.recording.codec import Codec
from signaling.media.recording.h264 import H264
from signaling.media.recording.vp8 import Vp8

CODECS: dict[str, Callable[[], Codec]] = {"vp8": Vp8, "h264": H264}
KEYFRAME_EVERY = 8.0  # seconds; so far apart are the places that a player can jump to
_WAITING = 256  # packets, and
PATIENCE = 0.7  # seconds, that a lost packet is waited for


class Pictures:
    """Frames of one person's camera or shared screen, from any number of streams one after the other.

    `on`: whether they come; `size` is that of the newest keyframe. The codec of the first is that of the file: frames in
    another one are left out.
    """

    def __init__(self, dark_after: float) -> None:
        """`dark_after`: seconds without a packet after which camera or screen counts as off."""
        self.clock = StreamClock(90000)
        self.on = False
        self.codec: Codec | None = None
        self.size: tuple[int, int] | None = None
        self._dark_after = dark_after
        self._buffer = JitterBuffer(_WAITING, is_video=True)
        self._broken, self._foreign = True, False
        self._newest: int | None = None
        self._hole_since: float | None = None
        self._next = -0.001
        self._seen = -dark_after
        self._key_at = -KEYFRAME_EVERY

    def take(self, codec: str, packet: RtpPacket, at: float, lead: float) -> Block | None:
        """The frame that is whole now that this packet came; `lead` is taken off its time.

        After a loss nothing is given until the next keyframe.
        """
        if self.codec is None:
            self.codec = CODECS[codec]()
        self._foreign = codec != self.codec.name
        if self._foreign:
            return None
        if self.clock.arrived(packet.ssrc, packet.timestamp, at) or self._lost_for_good(packet.sequence_number, at):
            self._begin()
        self._seen, self._newest = at, packet.sequence_number
        try:
            packet._data = self.codec.unpack(packet.payload)  # type: ignore[attr-defined]  # where JitterBuffer looks
        except ValueError:
            return None
        lost, whole = self._buffer.add(packet)
        self._broken = self._broken or lost
        if whole is None:
            return None
        self._hole_since = None
        frame = self.codec.frame(whole.data)
        if frame is None or (frame.size is None and self._broken):
            return None
        if frame.size is not None:
            self._broken, self.on, self.size, self._key_at = False, True, frame.size, at
        return self._block(self.clock.at(whole.timestamp) - lead, frame.size is not None, frame.data)

    def _begin(self) -> None:
        self._buffer, self._broken = JitterBuffer(_WAITING, is_video=True), True
        self._newest = self._hole_since = None

    def _lost_for_good(self, sequence: int, at: float) -> bool:
        """Whether a packet is missing for so long that it will not come any more."""
        if self._hole_since is None and self._newest is not None and sequence != self._newest + 1 & 0xFFFF:
            self._hole_since = at
        return self._hole_since is not None and at - self._hole_since > PATIENCE

    def went_dark(self, at: float) -> bool:
        """Whether no packet came for long, told once."""
        if not self.on or at - self._seen < self._dark_after:
            return False
        self.on, self._broken = False, True
        return True

    def wants_keyframe(self, at: float) -> bool:
        """Whether the person's browser should be asked for a keyframe, if pictures come from it at all."""
        return not self._foreign and (self._broken or at - self._key_at > KEYFRAME_EVERY)

    def _block(self, at: float, key: bool, data: bytes) -> Block:
        self._next = max(self._next + 0.001, at)
        return Block(round(self._next * 1000), PICTURE, key, data)
