"""One sealed file in the making: pictures, perhaps a voice with them, in chunks that each stand for themselves."""

from __future__ import annotations

import json
import struct
from typing import Any

from aiortc.rtp import RtpPacket

from signaling.media.engine import RecordingTarget
from signaling.media.recording.cluster import PICTURE, Block, cluster
from signaling.media.recording.pictures import Pictures
from signaling.media.recording.sealing import SealedFile
from signaling.media.recording.voice import Voice

CHUNK = 4.0  # seconds; a crash loses what came after the last chunk


class Reel:
    """Times are seconds since its beginning.

    A chunk ends where pictures begin or cease, so one without any is a time without pictures; who plays it puts black
    there. Nothing is written while there is nothing new: a screen that nobody shares costs no disk.
    """

    def __init__(self, target: RecordingTarget, pictures: Pictures, voice: Voice | None = None) -> None:
        """Raises OSError when the file can't be made."""
        self._file = SealedFile(target)
        self._flushed = 0.0
        self.pictures, self.voice = pictures, voice
        self._blocks: list[Block] = []
        self._known: dict[str, object] = {"turn": 0}
        self._events: list[tuple[int, str, object]] = []
        self._until = 0
        self._lit = False
        self._look(0.0)

    @property
    def failed(self) -> bool:
        """Whether the disk refused what was to be written; the rest is lost."""
        return self._file.failed

    def show(self, codec: str, packet: RtpPacket, at: float, lead: float, turn: int | None) -> None:
        """Take a packet of pictures; see `Pictures.take`."""
        block = self.pictures.take(codec, packet, at, lead)
        if turn is not None:
            self._note("turn", turn, at)
        if block is None:
            return
        # A chunk begins with the keyframe: a place to jump to.
        if block.key and self._blocks and (not self._lit or at - self._flushed >= CHUNK / 2):
            self._flush(at)
        self._note("camera", True, block.at / 1000)
        self._lit = True
        self._blocks.append(block)

    def speak(self, packet: RtpPacket, at: float) -> None:
        """Take a packet of the voice."""
        if self.voice is not None:
            self._blocks += self.voice.take(packet, at)
            self._look(at)

    def tick(self, at: float) -> None:
        """Fill gaps of the voice, see what ceased, and write what has come."""
        if self.voice is not None:
            self._blocks += self.voice.wait(at)
        if self.pictures.went_dark(at):
            self._flush(at)
            self._lit = False
        self._look(at)
        if at - self._flushed >= CHUNK and (self._blocks or self._events):
            self._flush(at)

    def close(self, at: float, wait: bool = False) -> None:
        """Write the rest and mark the file as whole; `wait` until it is on the disk."""
        if self.voice is not None:
            self._blocks += self.voice.finish(at)
        self._flush(at, last=True)
        self._file.close(wait)

    def _look(self, at: float) -> None:
        self._note("camera", self.pictures.on, at)
        if self.voice is not None:
            self._note("voice", self.voice.on, at)

    def _note(self, what: str, value: object, at: float) -> None:
        if self._known.get(what) != value:
            self._known[what] = value
            self._events.append((round(at * 1000), what, value))

    def _flush(self, at: float, last: bool = False) -> None:
        """Write a chunk: its table of contents as JSON with the length in front, then the cluster."""
        self._flushed = at
        begun, pictures = self._until, [block for block in self._blocks if block.track == PICTURE]
        times = [block.at for block in self._blocks]
        self._until = max([begun, round(at * 1000), *times])
        codec = self.pictures.codec
        contents: dict[str, Any] = {
            "at": min(times, default=begun),
            "until": self._until,
            "key": bool(pictures) and pictures[0].key,
            "dark": not pictures and not self._lit,
            "voice": self.voice is not None,
            "codec": codec and codec.name,
            "private": codec and codec.private and codec.private.hex(),
            "size": self.pictures.size,
            "events": self._events,
        }
        table = json.dumps(contents, separators=(",", ":")).encode()
        body = cluster(self._blocks) if self._blocks else b""
        self._file.add(struct.pack("!I", len(table)) + table + body, last)
        self._blocks, self._events = [], []
