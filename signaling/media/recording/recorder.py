"""One person's recording: packets of voice and camera in, chunks of a sealed file out."""

from __future__ import annotations

import json
import struct
from typing import Any

from aiortc.rtp import RtpPacket

from signaling.media.engine import RecordingTarget
from signaling.media.recording.camera import Camera
from signaling.media.recording.cluster import CAMERA, Block, cluster
from signaling.media.recording.sealing import SealedFile
from signaling.media.recording.voice import Voice

CHUNK = 4.0  # seconds; a crash loses what came after the last chunk


class Recorder:
    """Begins with the first moment given to it; all moments are monotonic seconds.

    Streams may end and others begin under new SSRCs (the person reconnects, another layer is taken). Pictures other
    than VP8 are left out: black stands for them.
    """

    def __init__(self, target: RecordingTarget, now: float) -> None:
        """Raises OSError when the file can't be made."""
        self._file = SealedFile(target)
        self._start = self._flushed = now
        self._voice, self._camera = Voice(), Camera()
        self._blocks: list[Block] = [self._camera.black(0.0)]
        self._events: list[tuple[int, str, object]] = [(0, "camera", False), (0, "voice", False)]
        self._known: dict[str, object] = {"camera": False, "voice": False, "turn": 0}
        self._until = 0

    @property
    def failed(self) -> bool:
        """Whether the disk refused what was to be written; the rest is lost."""
        return self._file.failed

    def take(self, kind: str, codec: str, packet: RtpPacket, now: float, turn: int | None = None) -> None:
        """Take one packet of ``audio`` (opus) or ``video`` (vp8), in whatever order they arrive, each at most once.

        `turn`: by how many degrees clockwise the picture has to be turned, where the packet says so (3GPP TS 26.114).
        """
        at = now - self._start
        if kind == "audio":
            self._blocks += self._voice.take(packet, at)
        elif kind == "video" and codec == "vp8":
            block = self._camera.take(packet, at, self._camera.clock.lead(self._voice.clock))
            if turn is not None:
                self._note("turn", turn, at)
            if block is not None:
                self._picture(block, now)
        self._note("voice", self._voice.on, at)

    def report(self, kind: str, ntp: int, timestamp: int) -> None:
        """Take what a sender report of the stream says (RFC 3550 section 6.4.1)."""
        clock = self._voice.clock if kind == "audio" else self._camera.clock
        clock.report(ntp, timestamp)

    def wants_keyframe(self, now: float) -> bool:
        """Whether the person's browser should be asked for a keyframe, if pictures come from it at all.

        Also before the first packet: whoever chooses among layers may wait for a keyframe to begin with.
        """
        return self._camera.wants_keyframe(now - self._start)

    def tick(self, now: float) -> None:
        """Fill gaps, and write what has come; call it several times a second."""
        at = now - self._start
        self._blocks += self._voice.wait(at)
        dark = self._camera.wait(at)
        if dark is not None:
            self._blocks.append(dark)
        self._note("camera", self._camera.on, at)
        self._note("voice", self._voice.on, at)
        if now - self._flushed >= CHUNK:
            self._flush(now)

    def close(self, now: float, wait: bool = False) -> None:
        """Write the rest and mark the file as whole; `wait` until it is on the disk."""
        self._blocks += self._voice.finish(now - self._start)
        self._flush(now, last=True)
        self._file.close(wait)

    def _picture(self, block: Block, now: float) -> None:
        if block.key and now - self._flushed >= CHUNK / 2:
            self._flush(now)  # so that a chunk begins with the keyframe: a place to jump to
        self._note("camera", self._camera.on, block.at / 1000)
        self._blocks.append(block)

    def _note(self, what: str, value: object, at: float) -> None:
        if self._known[what] != value:
            self._known[what] = value
            self._events.append((round(at * 1000), what, value))

    def _flush(self, now: float, last: bool = False) -> None:
        """Write a chunk: its table of contents as JSON with the length in front, then the cluster."""
        self._flushed, at = now, now - self._start
        if not self._camera.on:
            self._blocks.append(self._camera.black(at))
        times = [block.at for block in self._blocks]
        pictures = [block for block in self._blocks if block.track == CAMERA]
        self._until = max([self._until, round(at * 1000), *times])
        contents: dict[str, Any] = {
            "at": min(times, default=self._until),
            "until": self._until,
            "key": bool(pictures) and pictures[0].key,
            "size": self._camera.size,
            "events": self._events,
        }
        table = json.dumps(contents, separators=(",", ":")).encode()
        body = cluster(self._blocks) if self._blocks else b""
        self._file.add(struct.pack("!I", len(table)) + table + body, last)
        self._blocks, self._events = [], []
