"""A stage for media tests: the engine, and a web page with static/js/media/ for each person."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

from signaling.media.engine import BadOffer, EngineDown, EngineRestarted, LayersWanted, MediaEngine, MediaEvent, OnEvent
from signaling.media.sfu import EmbeddedEngine, create_engine

STATIC = Path(__file__).resolve().parents[2] / "static"
PAGE = Path(__file__).with_name("stage.html")
SCRIPT = Path(__file__).with_name("stage.js")


E = TypeVar("E", bound=MediaEngine)
MakeEngine = Callable[[OnEvent], Awaitable[E]]


async def embedded(on_event: OnEvent) -> EmbeddedEngine:
    """The embedded engine on a free port."""
    return await create_engine("127.0.0.1", 0, on_event)


class Stage(Generic[E]):
    """One room on one engine. `seat` is what signaling does: cut on the server, then tell the pages.

    `ports` and `receiving_ways` change where somebody is told to send: their way leads elsewhere.
    """

    room = "stage"

    def __init__(self, make: MakeEngine[E]) -> None:
        self._make = make
        self.events: list[MediaEvent] = []
        self.lists: dict[str, list[str]] = {}
        self.ports: dict[str, int] = {}
        self.receiving_ways: dict[str, Callable[[str], str]] = {}
        self.engine: E
        self.url = ""
        self.tells_restart = True
        self._pages: dict[str, web.WebSocketResponse] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Start engine and web server on free ports of this machine."""
        app = web.Application()
        app.router.add_get("/", _file(PAGE))
        app.router.add_get("/stage.js", _file(SCRIPT))
        app.router.add_static("/static", STATIC)
        app.router.add_get("/line/{peer}", self._line)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("/"))
        self.engine = await self._make(self._event)

    async def close(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
        await self.engine.close()
        await self._server.close()

    async def seat(self, lists: Mapping[str, Collection[str]]) -> None:
        """Who receives whom from now on; pages of receivers are told."""
        self.lists = {receiver: sorted(sources) for receiver, sources in lists.items()}
        await self.engine.listen(self.room, self.lists)
        for peer in list(self._pages):
            await self._tell(peer)

    async def together(self, *people: str) -> None:
        """Everybody receives everybody else."""
        await self.seat({person: set(people) - {person} for person in people})

    async def _tell(self, peer: str, **more: object) -> None:
        sources = [{"peer": source, "screen": False} for source in self.lists.get(peer, [])]
        await self._say(peer, {"sources": sources, **more})

    async def _say(self, peer: str, message: Mapping[str, object]) -> None:
        if peer in self._pages and not self._pages[peer].closed:
            with contextlib.suppress(ConnectionError):  # the page is being closed
                await self._pages[peer].send_json(message)

    def _by_way(self, peer: str, answer: str) -> str:
        """The answer with another port for a peer whose packets take a way of their own."""
        return re.sub(r" \d+ typ host", f" {self.ports[peer]} typ host", answer) if peer in self.ports else answer

    def _event(self, event: MediaEvent) -> None:
        self.events.append(event)
        if isinstance(event, EngineRestarted):
            self._spawn(self._again())
        elif isinstance(event, LayersWanted) and event.peer in self._pages:
            self._spawn(self._say(event.peer, {"layers": event.layers}))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _again(self) -> None:
        await self.engine.listen(self.room, self.lists)
        for peer in list(self._pages):
            await self._tell(peer, restarted=self.tells_restart)

    async def _line(self, request: web.Request) -> web.WebSocketResponse:
        """One page's socket: offers in, answers and lists out."""
        peer = request.match_info["peer"]
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._pages[peer] = socket
        await self._tell(peer)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                asked = json.loads(message.data)
                if "sides" in asked:
                    await self.engine.prefer(self.room, peer, asked["sides"])
                    continue
                try:
                    reply = {"answer": await self._answer(peer, asked)}
                except (BadOffer, EngineDown) as error:
                    reply = {"error": str(error)}
                await socket.send_json({"id": asked["id"], **reply})
        return socket

    async def _answer(self, peer: str, asked: dict[str, Any]) -> str:
        if "offer" in asked:
            return self._by_way(peer, await self.engine.answer(self.room, peer, asked["offer"]))
        what = asked["receive"]
        if "answer" not in what:
            offer = await self.engine.offer(self.room, peer, what["number"], what["restart"])
            return self.receiving_ways[peer](offer) if peer in self.receiving_ways else offer
        await self.engine.accept(self.room, peer, what["answer"])
        return ""


def _file(path: Path) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(_: web.Request) -> web.StreamResponse:
        return web.FileResponse(path)

    return serve
