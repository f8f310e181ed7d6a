"""An engine of either kind to be tried, and the people who come to it."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from signaling.media import janus, sfu
from signaling.media.engine import MediaEngine, MediaEvent, OnEvent
from tests.media.apart_client import ApartClient
from tests.media.hall import Hall
from tests.media.janus_server import run_janus
from tests.media.scripted_client import ScriptedClient
from tests.media.stage import Stage

ENGINES = ("embedded", "janus")


@dataclass
class Ground:
    """An engine to be tried: its events, how people reach it, and the processes that carry it."""

    engine: MediaEngine
    events: list[MediaEvent]
    pids: list[int]
    address: str = ""

    @property
    def layers(self) -> bool:
        """Whether scripted people can send their cameras in several sizes here."""
        return not self.address

    def hall(self) -> Hall[MediaEngine]:
        """A room of its own."""
        return Hall(self.engine, self.events, self.person)

    def person(self, room: str, name: str) -> ScriptedClient:
        """Somebody in that room, who receives in the way of this engine."""

        async def answer(offer: str) -> str:
            return await self.engine.answer(room, name, offer)

        return ApartClient(name, room, self.engine, self.address) if self.address else ScriptedClient(name, answer)

    def kill(self) -> None:
        """End the process that forwards, without a word."""
        os.kill(self.pids[0], signal.SIGKILL)


@asynccontextmanager
async def ground_of(
    kind: str, address: str, folder: Path, servers: int = 1, on_event: OnEvent = lambda event: None
) -> AsyncIterator[Ground]:
    """A fresh engine of this kind; `servers` processes carry it."""
    events: list[MediaEvent] = []

    def noted(event: MediaEvent) -> None:
        events.append(event)
        on_event(event)

    async with AsyncExitStack() as stack:
        if kind == "embedded":
            embedded = await sfu.create_engine("127.0.0.1", 0, noted, servers)
            stack.push_async_callback(embedded.close)
            yield Ground(embedded, events, [worker.pid or 0 for worker in embedded.workers])
            return
        running = [await stack.enter_async_context(run_janus(folder / str(n), address)) for n in range(servers)]
        urls = [server.url for server in running]
        engine = await janus.create_engine(urls, running[0].api_secret, running[0].admin_secret, noted)
        stack.push_async_callback(engine.close)
        yield Ground(engine, events, [server.pid for server in running], address)


@asynccontextmanager
async def stage_on(kind: str, address: str, folder: Path) -> AsyncIterator[Stage[MediaEngine]]:
    """An engine of this kind with its web pages."""
    async with AsyncExitStack() as stack:

        async def make(on_event: OnEvent) -> MediaEngine:
            ground = await stack.enter_async_context(ground_of(kind, address, folder, on_event=on_event))
            return ground.engine

        made = Stage(make)
        await made.open()
        yield made
        await made.close()
