"""A person who is recorded, in simulated time: packets of a clip, late, lost, changed; and what the file then holds."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from aiortc.rtp import RtpPacket

from mediation.recordings.film import Contents, Film, look_through
from mediation.recordings.sealed import SealedFile
from signaling.media.engine import RecordingTarget
from signaling.media.recording.recorder import Recorder
from tests.media.scripted_media import Recording, record
from tests.recordings.h264 import payloads

CHUNK = 500  # bytes of a frame in one packet
RATE = 15


def target(folder: Path) -> RecordingTarget:
    """A new file with a key of its own."""
    return RecordingTarget(folder / secrets.token_hex(4), "the-file", secrets.token_bytes(32))


def sealed(where: RecordingTarget) -> SealedFile:
    """The file, to be read."""
    return SealedFile(where.path, where.ident, where.key)


def webm(file: SealedFile) -> tuple[bytes, Contents]:
    """The whole WebM file, read in parts, and its contents."""
    contents = look_through(file)
    film, parts = Film(file, contents), []
    while sum(map(len, parts)) < film.length:
        parts.append(film.read(sum(map(len, parts)), 10_000))
    return b"".join(parts), contents


@dataclass(frozen=True)
class Frame:
    """A decoded picture: its time in seconds, mean colour, size."""

    at: float
    colour: tuple[int, int, int]
    size: tuple[int, int]


def pictures(content: bytes) -> list[Frame]:
    """All decoded pictures; fails on anything that can't be decoded."""
    frames = []
    with av.open(io.BytesIO(content)) as container:
        for frame in container.decode(video=0):
            pixels = frame.to_ndarray(format="rgb24").reshape(-1, 3)
            red, green, blue = (round(value) for value in np.median(pixels, axis=0))
            frames.append(Frame(float(frame.time or 0), (red, green, blue), (frame.width, frame.height)))
    return frames


def sound(content: bytes) -> np.ndarray:
    """All decoded sound, one channel, 48,000 values a second, at its time."""
    heard = np.zeros(0, dtype=np.float32)
    with av.open(io.BytesIO(content)) as container:
        for frame in container.decode(audio=0):
            values = frame.to_ndarray()[0]
            start = round(float(frame.time or 0) * 48000)
            heard = np.pad(heard, (0, max(0, start + len(values) - len(heard))))
            heard[start : start + len(values)] = values
    return heard


@dataclass
class Person:
    """Sends into a recorder. `now` is simulated; `lose` are numbers of packets of pictures that never arrive."""

    recorder: Recorder
    clip: Recording
    now: float = 100.0
    ssrc: int = 7
    lose: set[int] = field(default_factory=set)
    camera: bool = True
    microphone: bool = True
    screen: Recording | None = None
    codec: str = "vp8"
    reports: bool = True
    picture_delay: float = 0.0
    _frame: int = 0
    _packets: int = 65_000  # wraps soon
    _voice: int = 0
    _shared: int = 0
    _screen_packets: int = 0

    def go_on(self, seconds: float) -> None:
        """Send for so long, in steps of 20 ms, and let the recorder write."""
        for _ in range(round(seconds * 50)):
            self.now += 0.02
            stamp = round(self.now * 48000) + 0xFFFF0000
            if self.microphone:
                self._voice += 1
                voice = self.clip.voice[round(self.now * 50) % len(self.clip.voice)]
                self._take("audio", self._voice, stamp, voice, self.now)
            if self.camera and round(self.now * 50) % 3 == 0:
                if self.recorder.wants_keyframe("video", self.now):
                    self._frame = 0
                self._show(self.clip.frames[self._frame % len(self.clip.frames)])
                self._frame += 1
            if self.screen and round(self.now * 50) % 10 == 0:
                self._share(self.screen)
            if self.reports and round(self.now * 50) % 50 == 0:
                self.recorder.report("audio", round(self.now * (1 << 32)), stamp & 0xFFFFFFFF)
                for kind in ("video", "screen"):
                    self.recorder.report(kind, round(self.now * (1 << 32)), round(self.now * 90000) & 0xFFFFFFFF)
            self.recorder.tick(self.now)

    def change_clip(self, clip: Recording) -> None:
        """Look and sound like somebody else from now on."""
        self.clip, self._frame = clip, 0

    def _show(self, frame: bytes) -> None:
        for payload in payloads(frame) if self.codec == "h264" else vp8_payloads(frame):
            self._packets += 1
            if self._packets not in self.lose:
                self._take("video", self._packets, round(self.now * 90000), payload, self.now + self.picture_delay)

    def _share(self, shared: Recording) -> None:
        """Five pictures a second of the screen."""
        if self.recorder.wants_keyframe("screen", self.now):
            self._shared = 0
        for payload in vp8_payloads(shared.frames[self._shared % len(shared.frames)]):
            self._screen_packets += 1
            self._take("screen", self._screen_packets, round(self.now * 90000), payload, self.now)
        self._shared += 1

    def _take(self, kind: str, sequence: int, stamp: int, payload: bytes, now: float) -> None:
        packet = RtpPacket(
            sequence_number=sequence & 0xFFFF,
            timestamp=stamp & 0xFFFFFFFF,
            ssrc=self.ssrc + (50 if kind == "screen" else 0),
            payload=payload,
        )
        self.recorder.take(kind, "opus" if kind == "audio" else "vp8" if kind == "screen" else self.codec, packet, now)


def vp8_payloads(frame: bytes) -> Iterator[bytes]:
    """RFC 7741, the shortest descriptor."""
    for at in range(0, len(frame), CHUNK):
        yield bytes((0x10 if at == 0 else 0,)) + frame[at : at + CHUNK]


def person(where: RecordingTarget, name: str = "mother", size: tuple[int, int] = (160, 120)) -> Person:
    """Somebody of the clips whose recording begins now."""
    return Person(Recorder(where, 100.0), record(name, size, RATE))
