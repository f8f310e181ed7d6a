"""One WebSocket to a Janus: requests and their replies, matched by transaction; everything else is an event."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from signaling.media.engine import EngineDown

Message = dict[str, Any]
PATIENCE = 5.0
NO_SUCH_FEED, NO_SUCH_HANDLE = 428, 459

log = logging.getLogger(__name__)


class Refused(Exception):
    """Janus refused a request; `code` is Janus' own number for the reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} ({code})")
        self.code = code

    @property
    def gone(self) -> bool:
        """Whether what the request was about ended just before."""
        return self.code in (NO_SUCH_FEED, NO_SUCH_HANDLE)


class JanusSocket:
    """Either of Janus' two APIs. When it doesn't answer within PATIENCE it is given up, for it may obey too late."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, secret: Message, on_event: Callable[[Message], None]
    ) -> None:
        self.ended = asyncio.Event()
        self._socket, self._secret, self._on_event = socket, secret, on_event
        self._waiting: dict[str, asyncio.Future[Message]] = {}
        self._task = asyncio.create_task(self._read())

    @property
    def our_address(self) -> str:
        """The address of this machine that Janus sees."""
        address: str = self._socket.get_extra_info("sockname")[0]
        return address

    async def ask(self, request: str, fields: Mapping[str, Any], patience: float | None = None) -> Message:
        """Make a request and wait for its reply. Raises Refused, and EngineDown when Janus is gone or silent."""
        transaction = f"{request} {secrets.token_hex(8)}"
        reply: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = reply
        try:
            async with asyncio.timeout(PATIENCE if patience is None else patience):
                await self._send({"janus": request, "transaction": transaction, **self._secret, **fields})
                return _checked(await reply)
        except TimeoutError:
            self.give_up()
            raise EngineDown("Janus did not answer") from None
        finally:
            self._waiting.pop(transaction, None)

    async def _send(self, message: Message) -> None:
        if self.ended.is_set():
            raise EngineDown("the connection to Janus has ended")
        try:
            await self._socket.send_json(message)
        except ConnectionError:
            self.give_up()
            raise EngineDown("the connection to Janus has ended") from None

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(json.loads(frame.data))
        finally:
            self._end()
            with contextlib.suppress(Exception):
                await self._socket.close()

    def _take(self, message: Message) -> None:
        waiting = self._waiting.get(message.get("transaction", ""))
        if waiting is None or waiting.done():
            self._on_event(message)
        elif message.get("janus") != "ack" or message["transaction"].startswith("keepalive"):
            waiting.set_result(message)  # to other requests an "ack" only promises an event that holds the reply

    def _end(self) -> None:
        self.ended.set()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(EngineDown("the connection to Janus has ended"))

    def give_up(self) -> None:
        """End the connection at once. Janus then forgets what was made over it."""
        self._end()
        self._task.cancel()

    async def close(self) -> None:
        """End the connection and wait until it has ended."""
        self.give_up()
        await asyncio.wait([self._task])


def _checked(reply: Message) -> Message:
    error = reply.get("error") if reply.get("janus") == "error" else None
    if error:
        raise Refused(error.get("code", 0), error.get("reason", ""))
    data = reply.get("plugindata", {}).get("data", {})
    if "error_code" in data:
        raise Refused(data["error_code"], data.get("error", ""))
    return reply
