"""The servers that are compared: each is an engine for the same pages and the same scripted people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from signaling.media import janus as janus_engine
from signaling.media.engine import MediaEngine, OnEvent
from signaling.media.sfu import EmbeddedEngine, compiled, create_engine
from tests.media.apart_client import ApartClient
from tests.media.janus_server import run_janus
from tests.media.scripted_client import ScriptedClient


@dataclass(frozen=True)
class Contestant:
    """A running server. `pids` are its processes at work, without spares; `person` makes somebody for a room."""

    engine: MediaEngine
    pids: Callable[[], list[int]]
    person: Callable[[str, str], ScriptedClient]


Start = Callable[[str, OnEvent], AbstractAsyncContextManager[Contestant]]


@asynccontextmanager
async def forwarder(address: str, on_event: OnEvent) -> AsyncIterator[Contestant]:
    """Our embedded engine with one worker."""
    engine = await create_engine(address, 0, on_event)
    if any(worker.compiled != compiled.in_use() for worker in engine.workers):
        raise RuntimeError("the forwarder's sources were changed while it was measured: compile it and begin again")
    yield _embedded(engine, address)
    await engine.close()


@asynccontextmanager
async def mediarelay(address: str, on_event: OnEvent) -> AsyncIterator[Contestant]:
    """aiortc's MediaRelay in a process that is watched and replaced like a worker of ours."""
    engine = EmbeddedEngine(address, 0, on_event, 1, "bench.media.relay")
    await engine.start()
    yield _embedded(engine, address)
    await engine.close()


@asynccontextmanager
async def janus(address: str, on_event: OnEvent) -> AsyncIterator[Contestant]:
    """Janus VideoRoom behind our adapter; a second server is there for the rooms of the first when that is killed."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        servers = [await stack.enter_async_context(run_janus(folder / name, address)) for name in ("one", "two")]
        urls = [server.url for server in servers]
        engine = await janus_engine.create_engine(urls, servers[0].api_secret, servers[0].admin_secret, on_event)
        stack.push_async_callback(engine.close)
        pids = [server.pid for server in servers]
        yield Contestant(engine, lambda: pids, lambda room, name: ApartClient(name, room, engine, address))


def _embedded(engine: EmbeddedEngine, address: str) -> Contestant:
    def pids() -> list[int]:
        return [worker.pid for worker in engine.workers if worker.pid is not None]

    def person(room: str, name: str) -> ScriptedClient:
        async def answer(offer: str) -> str:
            return await engine.answer(room, name, offer)

        return ScriptedClient(name, answer, local=address)

    return Contestant(engine, pids, person)
