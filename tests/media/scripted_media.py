"""Real pictures and sound for scripted people: a clip encoded once to VP8 and Opus, sent round and round."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np

from tests.clips import GATE, LOOKS, RATE, picture
from tests.media.scripted_client import Received, ScriptedClient

SECONDS = 2
CHUNK = 1100
LAYER_RATES = {"l": 120_000, "m": 400_000, "h": 1_000_000}


@dataclass(frozen=True)
class Recording:
    """Encoded frames of pictures (the first is a keyframe) and packets of 20 ms of sound."""

    frames: list[bytes]
    voice: list[bytes]
    rate: int


@lru_cache
def record(name: str, size: tuple[int, int] = (640, 480), rate: int = 15) -> Recording:
    """Encode the colour, name and tone of a person of LOOKS."""
    return Recording(_pictures(name, size, rate), _sound(LOOKS[name][1]), rate)


def _pictures(name: str, size: tuple[int, int], rate: int) -> list[bytes]:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, rate)
    encoder.gop_size = 1000
    encoder.bit_rate = 300_000
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "error-resilient": "1"}
    packets = []
    for number in range(rate * SECONDS):
        frame = av.VideoFrame.from_ndarray(picture(name, number, size), format="rgb24")
        frame.pts = number
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return [bytes(packet) for packet in packets]


def _sound(tone: int) -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate = RATE
    encoder.layout = "stereo"
    encoder.format = "s16"
    encoder.bit_rate = 32_000
    packets = []
    for number in range(SECONDS * 50):
        moments = (np.arange(960) + number * 960) / RATE
        gate = (moments % (2 * GATE) < GATE).astype(float)
        mono = (np.sin(2 * np.pi * tone * moments) * gate * 12000).astype("<i2")
        frame = av.AudioFrame.from_ndarray(np.repeat(mono, 2).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = RATE, number * 960
        packets += encoder.encode(frame)
    return [bytes(packet) for packet in packets]


class Player:
    """Sends a recording on a scripted person's tracks in real time; begins anew when a keyframe is wanted."""

    kind = "video"

    def __init__(self, client: ScriptedClient, recording: Recording) -> None:
        self.frames_sent = 0
        self._client = client
        self._recording = recording
        self._next = 0
        self._picture_id = 0
        client.on_keyframe_wanted = self._rewind
        self._tasks = [asyncio.ensure_future(self._show()), asyncio.ensure_future(self._speak())]

    def stop(self) -> None:
        """Stop sending."""
        for task in self._tasks:
            task.cancel()

    def _rewind(self) -> None:
        self._next = 0

    async def _show(self) -> None:
        start = time.monotonic()
        number = 0
        while True:
            frame = self._recording.frames[self._next % len(self._recording.frames)]
            self._next += 1
            self._picture_id = (self._picture_id + 1) & 0x7FFF
            self._send_frame(frame, number * 90000 // self._recording.rate)
            self.frames_sent += 1
            number += 1
            await asyncio.sleep(max(0, start + number / self._recording.rate - time.monotonic()))

    def _send_frame(self, frame: bytes, timestamp: int) -> None:
        for at in range(0, len(frame), CHUNK):
            start = 0x90 if at == 0 else 0x80
            descriptor = bytes((start, 0x80, 0x80 | self._picture_id >> 8, self._picture_id & 0xFF))
            last = at + CHUNK >= len(frame)
            self._client.send(self.kind, descriptor + frame[at : at + CHUNK], timestamp, marker=last)

    async def _speak(self) -> None:
        start = time.monotonic()
        number = 0
        while True:
            voice = self._recording.voice[number % len(self._recording.voice)]
            self._client.send("audio", voice, number * 960, marker=False)
            number += 1
            await asyncio.sleep(max(0, start + number / 50 - time.monotonic()))


class SharedScreen(Player):
    """Sends a recording's pictures as the screen, beside the camera of a Player that was made before."""

    kind = "screen"

    def __init__(self, client: ScriptedClient, recording: Recording) -> None:
        camera = client.on_keyframe_wanted
        super().__init__(client, recording)

        def rewind() -> None:
            camera()
            self._rewind()

        client.on_keyframe_wanted = rewind

    async def _speak(self) -> None:
        return


class LayeredPlayer(Player):
    """Sends the camera in three sizes at once, each filled up to the bitrate that a browser would send; of those sizes
    that are `wanted` at the moment."""

    def __init__(
        self, client: ScriptedClient, name: str, wanted: Callable[[], Collection[str]] = LAYER_RATES.keys
    ) -> None:
        self._wanted = wanted
        sizes = {"l": (160, 120), "m": (320, 240), "h": (640, 480)}
        self._layers = {rid: record(name, size) for rid, size in sizes.items()}
        super().__init__(client, self._layers["h"])

    def _send_frame(self, frame: bytes, timestamp: int) -> None:
        at = self._next - 1
        for rid in self._wanted():
            recording = self._layers[rid]
            rate = LAYER_RATES[rid] // 8 // recording.rate
            self._send_layer(rid, recording.frames[at % len(recording.frames)].ljust(rate, b"\0"), timestamp)

    def _send_layer(self, rid: str, frame: bytes, timestamp: int) -> None:
        for at in range(0, len(frame), CHUNK):
            start = 0x90 if at == 0 else 0x80
            descriptor = bytes((start, 0x80, 0x80 | self._picture_id >> 8, self._picture_id & 0xFF))
            last = at + CHUNK >= len(frame)
            self._client.send_layer(rid, descriptor + frame[at : at + CHUNK], timestamp, marker=last)


class Viewer:
    """Counts whole frames that a scripted person receives, by source: a frame counts when its last packet came."""

    def __init__(self, client: ScriptedClient) -> None:
        self.frames: dict[str, int] = {}
        self.voice: dict[str, int] = {}
        client.on_packet = self._take

    def _take(self, item: Received) -> None:
        if item.kind == "video" and item.packet.marker and not item.repaired:
            self.frames[item.source] = self.frames.get(item.source, 0) + 1
        elif item.kind == "audio":
            self.voice[item.source] = self.voice.get(item.source, 0) + 1
