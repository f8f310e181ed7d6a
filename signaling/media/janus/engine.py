"""The engine of large installations: a pool of Janus servers. A room is on one; those of a dead server go to another."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

import aiohttp

from signaling.media.engine import EngineDown, EngineRestarted, MediaEngine, OnEvent, PeerStats, RecordingTarget
from signaling.media.janus.room import JanusRoom
from signaling.media.janus.server import TRY_AGAIN, JanusServer
from signaling.media.janus.wire import Refused

LOOK_EVERY = 0.25
T = TypeVar("T")

log = logging.getLogger(__name__)


class JanusEngine(MediaEngine):
    """Made by create_engine."""

    name = "janus"

    def __init__(self, servers: Iterable[JanusServer], on_event: OnEvent) -> None:
        self._servers = list(servers)
        self._on_event = on_event
        self._placing: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._homeless: set[str] = set()
        self._doing: set[asyncio.Future[Any]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._http: aiohttp.ClientSession

    @property
    def healthy(self) -> bool:
        """Whether every Janus is there."""
        return all(server.alive for server in self._servers)

    async def start(self) -> None:
        """Connect to all servers and watch them; one that isn't there is tried again and again."""
        self._http = aiohttp.ClientSession()
        await asyncio.gather(*(self._connected(server) for server in self._servers))
        self._tasks = [asyncio.create_task(self._keep(server)) for server in self._servers]
        self._tasks.append(asyncio.create_task(self._look()))

    # --- MediaEngine

    async def answer(self, room: str, peer: str, offer: str) -> str:
        """MediaEngine.answer."""
        return await self._do(room, lambda there: there.answer(peer, offer))

    async def offer(self, room: str, peer: str, number: str, restart: bool) -> str:
        """MediaEngine.offer."""
        return await self._do(room, lambda there: there.offer(peer, number, restart))

    async def accept(self, room: str, peer: str, answer: str) -> None:
        """MediaEngine.accept."""
        await self._do(room, lambda there: there.accept(peer, answer))

    async def listen(self, room: str, lists: Mapping[str, Collection[str]]) -> None:
        """MediaEngine.listen."""
        await self._do(room, lambda there: there.listen(lists))

    async def mute(self, room: str, peer: str, kinds: Collection[str]) -> None:
        """MediaEngine.mute."""
        await self._do(room, lambda there: there.mute(peer, kinds))

    async def record(self, room: str, peer: str, target: RecordingTarget | None) -> None:
        """MediaEngine.record."""
        await self._do(room, lambda there: there.record(peer, target))

    async def prefer(self, room: str, peer: str, pixels: Mapping[str, int]) -> None:
        """MediaEngine.prefer."""
        await self._do(room, lambda there: there.prefer(peer, pixels))

    async def close_peer(self, room: str, peer: str) -> None:
        """MediaEngine.close_peer."""
        if self._found(room):
            await self._do(room, lambda there: there.close_peer(peer))

    async def close_room(self, room: str) -> None:
        """MediaEngine.close_room."""
        self._homeless.discard(room)
        server = self.server_of(room)
        if server:
            await self._do(room, lambda there: there.close())
            server.rooms.pop(room, None)
        self._placing.pop(room, None)

    async def stats(self, room: str) -> dict[str, PeerStats]:
        """MediaEngine.stats."""
        return await self._do(room, lambda there: there.stats()) if self._found(room) else {}

    async def close(self) -> None:
        """MediaEngine.close."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self._servers:
            for room in list(server.rooms):
                with contextlib.suppress(EngineDown):
                    await self.close_room(room)
            self._forget_rooms(server)
            await server.close()
        await self._http.close()

    # --- rooms and their servers

    def server_of(self, room: str) -> JanusServer | None:
        """Where a room is; None while it is nowhere."""
        return next((server for server in self._servers if room in server.rooms), None)

    def _found(self, room: str) -> JanusRoom | None:
        server = self.server_of(room)
        return server.rooms[room] if server else None

    async def _do(self, room: str, work: Callable[[JanusRoom], Awaitable[T]]) -> T:
        """Do something in a room, to its end also when whoever asked doesn't wait any more: half of it may not stay."""
        doing = asyncio.ensure_future(self._done(room, work))
        self._doing.add(doing)
        doing.add_done_callback(self._finished)
        return await asyncio.shield(doing)

    async def _done(self, room: str, work: Callable[[JanusRoom], Awaitable[T]]) -> T:
        there = self._found(room) or await self._placed(room)
        try:
            return await work(there)
        except Refused as refused:
            log.error("Janus refused what must be done in a room: %s", refused)
            there.give_up()
            raise EngineDown("Janus refused") from None
        except EngineDown:
            # It may go on by old lists: everything there begins anew.
            there.give_up()
            raise

    def _finished(self, doing: asyncio.Future[Any]) -> None:
        self._doing.discard(doing)
        if not doing.cancelled():
            doing.exception()  # seen, also when nobody waits any more

    async def _placed(self, room: str) -> JanusRoom:
        async with self._placing[room]:
            there = self._found(room)
            if there:
                return there
            server = min((one for one in self._servers if one.alive), key=lambda one: one.load, default=None)
            if server is None:
                self._homeless.add(room)
                raise EngineDown("no Janus is there")
            made = JanusRoom(room, server, self._on_event)
            try:
                await made.open()
            except (EngineDown, Refused):
                self._homeless.add(room)
                server.give_up()
                raise EngineDown("Janus could not make the room") from None
            server.rooms[room] = made
            return made

    # --- health

    async def _keep(self, server: JanusServer) -> None:
        while True:
            if server.alive or await self._connected(server):
                self._tell_homeless()
                await server.until_dead()
                log.error("Janus %s is gone; its rooms are placed on another", server.name)
                self._homeless |= server.rooms.keys()
                self._forget_rooms(server)
                self._tell_homeless()
            else:
                await asyncio.sleep(TRY_AGAIN)

    def _forget_rooms(self, server: JanusServer) -> None:
        for room in server.rooms.values():
            room.end()
        server.rooms.clear()

    def _tell_homeless(self) -> None:
        """Have them begun anew. While no server is there that fails, and they are told again when one is; but a Janus that
        only can't be reached goes on by its old lists until the browsers hang up."""
        rooms = tuple(sorted(self._homeless))
        if any(server.alive for server in self._servers):
            self._homeless = set()
        if rooms:
            self._on_event(EngineRestarted(rooms))

    async def _connected(self, server: JanusServer) -> bool:
        try:
            await server.connect(self._http)
        except (EngineDown, Refused, OSError, TimeoutError, aiohttp.ClientError) as error:
            server.in_trouble(str(error) or type(error).__name__)
            await server.close()
            return False
        return True

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = time.monotonic()
            for room in [room for server in self._servers for room in server.rooms.values()]:
                room.look(now)


async def create_engine(servers: Iterable[str], api_secret: str, admin_secret: str, on_event: OnEvent) -> JanusEngine:
    """An engine on these servers (URLs of their WebSocket API), started."""
    engine = JanusEngine([JanusServer(url, api_secret, admin_secret) for url in servers], on_event)
    await engine.start()
    return engine
