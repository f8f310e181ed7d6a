"""A room of scripted people under load: what one forwarded packet costs, what one person takes."""

from __future__ import annotations

import asyncio
import time

from bench.figures import Figure
from bench.media.process import cpu_seconds, memory_mb
from signaling.media.sfu import EmbeddedEngine, create_engine
from tests.media.scripted_client import ScriptedClient

PEOPLE = 8
PICTURE_PACKETS, PICTURE_BYTES = 5, 1040
FRAMES_PER_SECOND = 24
VOICE_BYTES = 80
ROOM = "bench"


class Load(ScriptedClient):
    """A person who sends at a fixed rate and only counts what comes, without opening it."""

    def __init__(self, name: str, engine: EmbeddedEngine) -> None:
        async def answer(offer: str) -> str:
            return await engine.answer(ROOM, name, offer)

        super().__init__(name, answer)
        self.count = 0

    def _rtp(self, data: bytes, arrived: int) -> None:
        self.count += 1

    async def talk(self) -> None:
        """Send pictures and voice until cancelled."""
        start = time.monotonic()
        frame = 0
        while True:
            head = b"\x10\x00" if frame % 48 == 0 else b"\x10\x01"
            for _ in range(PICTURE_PACKETS):
                self.send("video", head + bytes(PICTURE_BYTES), frame * 3750)
            for _ in range(2):
                self.send("audio", bytes(VOICE_BYTES), frame * 2000)
            frame += 1
            await asyncio.sleep(max(0.0, start + frame / FRAMES_PER_SECOND - time.monotonic()))


async def room_of_eight(seconds: float) -> list[Figure]:
    """CPU per forwarded packet, packets per core, memory per person, share that arrived."""
    engine = await create_engine("127.0.0.1", 0, lambda event: None)
    pid = engine.workers[0].pid or 0
    empty = memory_mb(pid)
    names = [f"p{number}" for number in range(PEOPLE)]
    await engine.listen(ROOM, {name: [other for other in names if other != name] for name in names})
    people = [Load(name, engine) for name in names]
    for person in people:
        await person.join(PEOPLE - 1)
    talking = [asyncio.ensure_future(person.talk()) for person in people]
    await asyncio.sleep(1.0)
    out, used, arrived = await sent(engine), cpu_seconds(pid), sum(person.count for person in people)
    start = time.monotonic()
    await asyncio.sleep(seconds)
    passed = time.monotonic() - start
    packets, cpu = await sent(engine) - out, cpu_seconds(pid) - used
    arrived = sum(person.count for person in people) - arrived
    memory = (memory_mb(pid) - empty) / PEOPLE
    for task in talking:
        task.cancel()
    for person in people:
        await person.close()
    await engine.close()
    return [
        Figure("media.packets_per_second", packets / passed, "packets/s"),
        Figure("media.cores", cpu / passed, "cores"),
        Figure("media.cpu_per_packet.scripted8", cpu / packets * 1e6, "µs"),
        Figure("media.packets_per_core", packets / cpu, "packets/s"),
        Figure("media.memory_per_peer", memory, "MB"),
        Figure("media.arrived", arrived / packets, "share"),
    ]


async def sent(engine: EmbeddedEngine) -> int:
    """Packets forwarded so far."""
    return sum(peer.packets_out for peer in (await engine.stats(ROOM)).values())
