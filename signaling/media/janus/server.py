"""One Janus: connected to again and again, asked every second whether it lives, and the rooms that it has."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit, urlunsplit

import aiohttp

from signaling.media.engine import EngineDown
from signaling.media.janus.handle import Handle
from signaling.media.janus.wire import JanusSocket, Message, Refused

if TYPE_CHECKING:
    from signaling.media.janus.room import JanusRoom

PING_EVERY = 1.0
PING_PATIENCE = 3.0
CONNECT_WITHIN = 3.0
TRY_AGAIN = 1.0
ADMIN_PORT = "7188"
PLUGIN = "janus.plugin.videoroom"

log = logging.getLogger(__name__)


class JanusServer:
    """`url` is that of Janus' WebSocket API; ``?admin=7188`` names the port of its Admin API."""

    def __init__(self, url: str, api_secret: str, admin_secret: str) -> None:
        parts = urlsplit(url)
        port = parse_qs(parts.query).get("admin", [ADMIN_PORT])[0]
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        self.name = f"{parts.hostname}:{parts.port}"
        self.rooms: dict[str, JanusRoom] = {}
        self._url = urlunsplit(parts._replace(query=""))
        self._admin_url = urlunsplit((parts.scheme, f"{host}:{port}", parts.path, "", ""))
        self._secrets = {"apisecret": api_secret}, {"admin_secret": admin_secret}
        self._handles: dict[int, Handle] = {}
        self._sockets: list[JanusSocket] = []
        self._ready = False
        self._session = 0
        self._left: list[Message] = []
        self._trouble = ""
        self.control: Handle

    @property
    def alive(self) -> bool:
        """Whether it is connected and answers."""
        return self._ready and not any(socket.ended.is_set() for socket in self._sockets)

    def in_trouble(self, why: str) -> None:
        """Log why it can't be used, once."""
        if why != self._trouble:
            log.warning("Janus %s can't be used: %s", self.name, why)
        self._trouble = why

    @property
    def our_address(self) -> str:
        """The address of this machine that this Janus sees."""
        if not self._sockets:
            raise EngineDown("Janus is not connected")
        return self._sockets[0].our_address

    @property
    def load(self) -> tuple[int, int]:
        """People and rooms, to be compared with other servers."""
        return sum(room.size for room in self.rooms.values()), len(self.rooms)

    async def connect(self, http: aiohttp.ClientSession) -> None:
        """Connect to both APIs. Raises EngineDown, Refused, OSError, aiohttp.ClientError; `close` ends what was begun."""
        async with asyncio.timeout(CONNECT_WITHIN):
            closing = aiohttp.ClientWSTimeout(ws_close=0.5)
            api = await http.ws_connect(self._url, protocols=("janus-protocol",), timeout=closing)
            self._sockets.append(JanusSocket(api, self._secrets[0], self._event))
            admin = await http.ws_connect(self._admin_url, protocols=("janus-admin-protocol",), timeout=closing)
            self._sockets.append(JanusSocket(admin, self._secrets[1], lambda message: None))
        self._session = (await self._sockets[0].ask("create", {}))["data"]["id"]
        await self._sockets[1].ask("list_sessions", {})
        self.control = await self.attach()
        await self._destroy_left()
        self._ready, self._trouble = True, ""

    def leave(self, room: Message) -> None:
        """A room that can't be destroyed now is destroyed when this Janus is connected again: it outlives its people."""
        self._left.append(room)

    async def _destroy_left(self) -> None:
        while self._left:
            with contextlib.suppress(Refused):  # it began anew meanwhile, and knows none of them
                await self.control.ask("destroy", self._left[-1])
            self._left.pop()

    async def attach(self) -> Handle:
        """A new handle of VideoRoom."""
        if not self._sockets:
            raise EngineDown("Janus is not connected")
        api, admin = self._sockets
        number = (await api.ask("attach", {"session_id": self._session, "plugin": PLUGIN}))["data"]["id"]
        handle = self._handles[number] = Handle(number, self._session, api, admin)
        return handle

    async def detach(self, handle: Handle) -> None:
        """Forget a handle and the connection of a browser with it."""
        self._handles.pop(handle.number, None)
        await handle.detach()

    async def until_dead(self) -> None:
        """Ask again and again whether it lives; returns when it doesn't any more."""
        while self.alive:
            with contextlib.suppress(TimeoutError, EngineDown):
                async with asyncio.timeout(PING_EVERY):
                    await self._sockets[0].ended.wait()
            if self.alive:
                with contextlib.suppress(EngineDown, Refused):
                    await self._sockets[0].ask("keepalive", {"session_id": self._session}, PING_PATIENCE)
        await self.close()

    def give_up(self) -> None:
        """It did not do what it must: break the connection, which makes it forget everything of ours."""
        for socket in self._sockets:
            socket.give_up()

    async def close(self) -> None:
        """End the connection; Janus then ends all handles that were made over it."""
        sockets, self._sockets, self._ready = self._sockets, [], False
        self._handles.clear()
        for socket in sockets:
            await socket.close()

    def _event(self, message: Message) -> None:
        handle = self._handles.get(message.get("sender", 0))
        if handle is not None:
            handle.on_event(message)
        elif message.get("janus") == "timeout":
            log.warning("Janus %s has ended our session", self.name)
            self.give_up()
