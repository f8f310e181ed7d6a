"""Test clips: each person has a colour, a name and a tone of their own, so that a page can tell whom it shows."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 48000
GATE = 0.25
SECONDS = 4


@dataclass(frozen=True)
class Clip:
    """What one person looks and sounds like. `tone` in hertz; `camera` and `microphone` are files for Chromium."""

    name: str
    colour: tuple[int, int, int]
    tone: int
    camera: Path
    microphone: Path


LOOKS: dict[str, tuple[tuple[int, int, int], int]] = {
    "mediator": ((40, 70, 200), 520),
    "mother": ((200, 40, 50), 740),
    "father": ((40, 160, 60), 980),
    "judge": ((220, 190, 40), 1240),
    "worker": ((150, 50, 170), 1520),
    "elder": ((50, 180, 190), 1820),
}


def make_clip(folder: Path, name: str, size: tuple[int, int] = (320, 240), rate: int = 12) -> Clip:
    """Write the clip of a person of LOOKS into `folder`."""
    colour, tone = LOOKS[name]
    camera, microphone = folder / f"{name}.mjpeg", folder / f"{name}.wav"
    _write_camera(camera, name, colour, size, rate)
    _write_microphone(microphone, tone)
    return Clip(name, colour, tone, camera, microphone)


def picture(name: str, number: int, size: tuple[int, int]) -> np.ndarray:
    """One picture of a person: their colour, their name in white, and a bar that moves."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[:] = LOOKS[name][0]
    _write_name(image, name, scale=max(2, width // 110))
    left = number * 8 % (width - 16)
    image[height - 12 : height - 4, left : left + 16] = 255
    return image


def _write_camera(path: Path, name: str, colour: tuple[int, int, int], size: tuple[int, int], rate: int) -> None:
    with av.open(str(path), "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p"
        for number in range(rate * SECONDS):
            frame = av.VideoFrame.from_ndarray(picture(name, number, size), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _write_microphone(path: Path, tone: int) -> None:
    """A tone that goes on and off four times a second: noise suppression leaves it alone, unlike a steady one."""
    moments = np.arange(RATE * SECONDS) / RATE
    gate = (moments % (2 * GATE) < GATE).astype(float)
    samples = (np.sin(2 * np.pi * tone * moments) * gate * 12000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())


FONT = {
    "a": "0E111F1111", "c": "0F1010100F", "d": "1E1111111E", "e": "1F101E101F", "f": "1F101E1010",
    "g": "0F1017110F", "h": "11111F1111", "i": "0E0404040E", "j": "0701010E00", "k": "1112 1C1211".replace(" ", ""),
    "l": "101010101F", "m": "111B151111", "o": "0E1111110E", "r": "1E111E1211", "t": "1F04040404",
    "u": "111111110E", "w": "1111151B11",
}  # fmt: skip


def _write_name(image: np.ndarray, name: str, scale: int) -> None:
    """Letters of five rows of five bits, enlarged."""
    left = scale * 2
    for letter in name:
        rows = bytes.fromhex(FONT.get(letter, "1F1F1F1F1F"))
        for y, row in enumerate(rows):
            for x in range(5):
                if row >> (4 - x) & 1:
                    top, at = scale * (2 + y), left + x * scale
                    image[top : top + scale, at : at + scale] = 255
        left += scale * 6
