"""Scripted people under load: the same pictures and voices for every server, received without being opened."""

from __future__ import annotations

import asyncio
import random
import struct
import time
from collections.abc import AsyncIterator

from bench.media.contestants import Contestant
from signaling.media.sfu import rtp
from signaling.media.sfu.datagram import Datagram
from tests.media.scripted_client import ScriptedClient
from tests.media.scripted_media import record

FRAMES_PER_SECOND = 24
PICTURE_PACKETS, PICTURE_BYTES = 5, 1040
VOICES_PER_SECOND = 50
STAMP = struct.Struct("!4sq")
MARK = b"time"
OPENED = 10  # every tenth packet is opened to see when it was sent


class LoadPerson:
    """One person: sends 1 Mbit/s of pictures and a voice; counts what comes and, if asked, how long it was under way."""

    def __init__(self, contestant: Contestant, room: str, name: str, stamps: bool, opens: bool) -> None:
        self.client: ScriptedClient = contestant.person(room, name)
        self.count = 0
        self.delays: list[float] = []
        self._stamps, self._opens = stamps, opens
        self._datagram = Datagram()
        self._receiving: ScriptedClient = getattr(self.client, "receiver", self.client)
        self._receiving.on_encrypted = self._take
        self._tasks: list[asyncio.Task[None]] = []

    def talk(self) -> None:
        """Begin to send, at a moment of one's own."""
        self._tasks = [asyncio.ensure_future(self._show()), asyncio.ensure_future(self._speak())]

    def stop(self) -> None:
        """Send nothing more."""
        for task in self._tasks:
            task.cancel()

    async def _show(self) -> None:
        """Real frames of VP8, which bear more bytes at their end than they need."""
        frames = record("mother").frames
        number = 0
        async for moment in _beats(FRAMES_PER_SECOND):
            frame = frames[number % len(frames)].ljust(PICTURE_PACKETS * PICTURE_BYTES, b"\0")
            for at in range(0, len(frame), PICTURE_BYTES):
                head = b"\x10" if at == 0 else b"\x00"
                stamp = STAMP.pack(MARK, time.time_ns()) if self._stamps and at else b""
                chunk = head + stamp + frame[at + len(stamp) : at + PICTURE_BYTES]
                self.client.send("video", chunk, int(moment * 90000), marker=at + PICTURE_BYTES >= len(frame))
            number += 1

    async def _speak(self) -> None:
        voices = record("mother").voice
        number = 0
        async for moment in _beats(VOICES_PER_SECOND):
            self.client.send("audio", voices[number % len(voices)], int(moment * 48000), marker=False)
            number += 1

    def _take(self, data: bytes, arrived: int) -> None:
        self.count += 1
        if self._opens and len(data) > PICTURE_BYTES and self.count % OPENED == 0:
            self._time(data, arrived)

    def _time(self, data: bytes, arrived: int) -> None:
        pair = self._receiving._pair
        opened = pair and self._datagram.fill(data) and pair.unprotect(self._datagram)
        packet = rtp.parse(self._datagram.content(), self._datagram.size) if opened else None
        if packet and packet.payload[1:5] == MARK:
            self.delays.append((arrived - STAMP.unpack_from(packet.payload, 1)[1]) / 1e6)


async def _beats(rate: int) -> AsyncIterator[float]:
    """Moments, `rate` a second, from a random one on; late ones are caught up with."""
    start = time.monotonic() + random.random() / rate  # noqa: S311 - only spreads people in time
    for number in range(1 << 31):
        await asyncio.sleep(max(0.0, start + number / rate - time.monotonic()))
        yield number / rate
