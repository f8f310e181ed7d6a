"""How long a join, a move and a recovery take, without a browser's own share."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from statistics import median

from bench.figures import Figure
from signaling.media.engine import EngineRestarted, MediaEvent
from signaling.media.sfu import EmbeddedEngine, create_engine
from tests.media.scripted_client import Received, ScriptedClient

ROOM = "times"
KEYFRAME = b"\x10\x00picture"


class Person(ScriptedClient):
    """Sends a keyframe all the time; `arrival` is set by the first packet that comes."""

    def __init__(self, name: str, engine: EmbeddedEngine) -> None:
        async def answer(offer: str) -> str:
            return await engine.answer(ROOM, name, offer)

        super().__init__(name, answer)
        self.arrival = asyncio.Event()
        self.on_packet = self._arrived

    def _arrived(self, item: Received) -> None:
        self.arrival.set()

    async def talk(self) -> None:
        """Send until cancelled."""
        while True:
            self.send("video", KEYFRAME)
            await asyncio.sleep(0.005)


async def times(rounds: int) -> list[Figure]:
    """Medians of `rounds`: offer to first packet, move to first packet, killed worker to first packet."""
    restarted = asyncio.Event()

    def on_event(event: MediaEvent) -> None:
        if isinstance(event, EngineRestarted):
            restarted.set()

    engine = await create_engine("127.0.0.1", 0, on_event)
    joins, moves, recoveries = [], [], []
    for number in range(rounds):
        speaker, listener = await pair(engine)
        talking = asyncio.ensure_future(speaker.talk())
        start = time.monotonic()
        await listener.join(1)
        await listener.arrival.wait()
        joins.append(time.monotonic() - start)
        moves.append(await move(engine, listener))
        talking.cancel()
        if number < 3:
            recoveries.append(await recovery(engine, restarted, (speaker, listener)))
        else:
            await speaker.close()
            await listener.close()
    await engine.close()
    return [
        Figure("media.join", median(joins) * 1000, "ms"),
        Figure("media.move", median(moves) * 1000, "ms"),
        Figure("media.recovery", median(recoveries) * 1000, "ms"),
    ]


async def pair(engine: EmbeddedEngine) -> tuple[Person, Person]:
    """A speaker who is there, and a listener who is about to join."""
    await engine.listen(ROOM, {"listener": ["speaker"]})
    speaker, listener = Person("speaker", engine), Person("listener", engine)
    await speaker.join(0)
    return speaker, listener


async def move(engine: EmbeddedEngine, listener: Person) -> float:
    """Cut, then open again with a new offer, as a move to a caucus does."""
    await engine.listen(ROOM, {})
    listener.arrival.clear()
    start = time.monotonic()
    await engine.listen(ROOM, {"listener": ["speaker"]})
    await listener.negotiate()
    await listener.arrival.wait()
    return time.monotonic() - start


async def recovery(engine: EmbeddedEngine, restarted: asyncio.Event, people: tuple[Person, Person]) -> float:
    """Kill the worker and have both connect anew as soon as it is back."""
    restarted.clear()
    await asyncio.sleep(4)
    start = time.monotonic()
    os.kill(engine.workers[0].pid or 0, signal.SIGKILL)
    await restarted.wait()
    speaker, listener = await pair(engine)
    talking = asyncio.ensure_future(speaker.talk())
    await listener.join(1)
    await listener.arrival.wait()
    passed = time.monotonic() - start
    talking.cancel()
    for person in (*people, speaker, listener):
        await person.close(goodbye=False)
    return passed
