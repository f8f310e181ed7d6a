"""One person's recording: packets in, sealed files out, one of voice and camera, one of the screen that they share."""

from __future__ import annotations

from aiortc.rtp import RtpPacket

from signaling.media.engine import RecordingTarget
from signaling.media.recording.pictures import Pictures
from signaling.media.recording.reel import Reel
from signaling.media.recording.voice import Voice

CAMERA_DARK = 2.0  # seconds without a packet after which a camera counts as off
SCREEN_DARK = 5.0  # longer: of a screen on which nothing moves a browser sends one picture a second


class Recorder:
    """Begins with the first moment given to it; all moments are monotonic seconds.

    Streams may end and others begin under new SSRCs (the person reconnects, another layer is taken, a screen is shared
    again). Without `target.screen` screens are left out.
    """

    def __init__(self, target: RecordingTarget, now: float) -> None:
        """Raises OSError when a file can't be made."""
        self._start = now
        self._voice = Voice()
        self._reels = {"video": Reel(target, Pictures(CAMERA_DARK), self._voice)}
        if target.screen is not None:
            try:
                self._reels["screen"] = Reel(target.screen, Pictures(SCREEN_DARK))
            except OSError:
                self.close(now)
                raise

    @property
    def failed(self) -> bool:
        """Whether the disk refused what was to be written; the rest is lost."""
        return any(reel.failed for reel in self._reels.values())

    def take(self, kind: str, codec: str, packet: RtpPacket, now: float, turn: int | None = None) -> None:
        """Take one packet of ``audio`` (opus), ``video`` or ``screen`` (vp8, h264), in whatever order they arrive, each at
        most once.

        `turn`: by how many degrees clockwise the picture has to be turned, where the packet says so (3GPP TS 26.114).
        """
        at = now - self._start
        if kind == "audio":
            self._reels["video"].speak(packet, at)
        elif kind in self._reels:
            reel = self._reels[kind]
            reel.show(codec, packet, at, reel.pictures.clock.lead(self._voice.clock), turn)

    def report(self, kind: str, ntp: int, timestamp: int) -> None:
        """Take what a sender report of the stream says (RFC 3550 section 6.4.1)."""
        if kind == "audio":
            self._voice.clock.report(ntp, timestamp)
        elif kind in self._reels:
            self._reels[kind].pictures.clock.report(ntp, timestamp)

    def wants_keyframe(self, kind: str, now: float) -> bool:
        """Whether the person's browser should be asked for a keyframe of camera or screen, if pictures come from it at all.

        Also before the first packet: whoever chooses among layers may wait for a keyframe to begin with.
        """
        return kind in self._reels and self._reels[kind].pictures.wants_keyframe(now - self._start)

    def tick(self, now: float) -> None:
        """Fill gaps, and write what has come; call it several times a second."""
        for reel in self._reels.values():
            reel.tick(now - self._start)

    def close(self, now: float, wait: bool = False) -> None:
        """Write the rest and mark the files as whole; `wait` until they are on the disk."""
        for reel in self._reels.values():
            reel.close(now - self._start, wait)
