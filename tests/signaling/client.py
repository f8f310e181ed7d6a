"""One tab of a browser without a browser: a real python-socketio connection that notes what it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import socketio

PATIENCE = 20.0  # seconds; promises are shorter, a busy test machine gets slack
Snapshot = dict[str, Any]


class Refused(Exception):
    """The server refused the connection; `code` is its reason."""

    def __init__(self, told: Any) -> None:
        self.code = told["data"]["code"] if isinstance(told, dict) and "data" in told else str(told)
        super().__init__(self.code)


class Tab:
    """`snapshots`, `ended` and `events` in the order of arrival; a heartbeat as the page has one."""

    def __init__(self, name: str, url: str, headers: dict[str, str], auth: dict[str, str]) -> None:
        self.name = name
        self.snapshots: list[Snapshot] = []
        self.ended: list[str] = []
        self.events: list[tuple[str, Any]] = []
        self.gone = asyncio.Event()
        self._url, self._auth = url, auth
        self._headers = dict(headers)  # the client takes the cookie out of them
        self._heart: asyncio.Task[None] | None = None
        self._refusal: Any = None
        self.sio = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self.sio.on("snapshot", self._on_snapshot)
        self.sio.on("ended", self._on_ended)
        self.sio.on("disconnect", self._on_disconnect)
        self.sio.on("connect_error", self._on_refusal)
        for name_ in ("speaking", "agreement"):
            self.sio.on(name_, self._noted(name_))

    async def open(self) -> Tab:
        """Connect and wait for the first snapshot. Raises Refused."""
        try:
            await self.sio.connect(
                self._url, headers=self._headers, auth=self._auth, transports=["websocket"], wait_timeout=PATIENCE
            )
        except socketio.exceptions.ConnectionError:
            await self.close()
            raise Refused(self._refusal) from None
        self.beat_again()
        await self.until(lambda snapshot: True)
        return self

    def beat_again(self) -> None:
        """The page is alive."""
        self._heart = asyncio.create_task(self._beat())

    async def freeze(self) -> None:
        """The page stops to run; its sockets stay open."""
        if self._heart:
            self._heart.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._heart

    async def ask(self, name: object, args: object = None) -> Any:
        """Carry out a command; gives the whole acknowledgement."""
        return await self.sio.call("command", (name, args), timeout=PATIENCE)

    async def do(self, name: str, **args: object) -> Any:
        """Carry out a command that must succeed; gives its result."""
        answer = await self.ask(name, args)
        assert "error" not in answer, (self.name, name, answer["error"])
        return answer["ok"]

    async def refusal(self, name: object, args: object = None) -> str:
        """The code with which a command is refused; empty when it is carried out."""
        answer = await self.ask(name, args)
        return str(answer["error"]["code"]) if "error" in answer else ""

    @property
    def now(self) -> Snapshot:
        """The newest snapshot."""
        return self.snapshots[-1]

    async def until(self, seen: Callable[[Snapshot], bool], within: float = PATIENCE) -> float:
        """Wait until the newest snapshot is as wanted; gives the seconds it took."""
        start = time.monotonic()
        while not self.snapshots or not seen(self.now):
            assert time.monotonic() - start < within, (self.name, self.snapshots[-1:])
            await asyncio.sleep(0.02)
        return time.monotonic() - start

    async def until_gone(self, within: float = PATIENCE) -> float:
        """Wait until the server has closed this connection; gives the seconds it took."""
        start = time.monotonic()
        await asyncio.wait_for(self.gone.wait(), within)
        return time.monotonic() - start

    async def close(self) -> None:
        """Close the tab."""
        await self.freeze()
        await self.sio.disconnect()
        await self.sio.eio.disconnect()

    async def _beat(self) -> None:
        while self.sio.connected:
            with contextlib.suppress(socketio.exceptions.BadNamespaceError):
                await self.sio.emit("command", ("beat", {}))
            await asyncio.sleep(0.4)

    async def _on_snapshot(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    async def _on_ended(self, told: dict[str, str]) -> None:
        self.ended.append(told["reason"])

    async def _on_disconnect(self, *_reason: object) -> None:
        self.gone.set()

    async def _on_refusal(self, told: Any = None) -> None:
        self._refusal = told

    def _noted(self, name: str) -> Callable[[Any], Any]:
        async def note(told: Any) -> None:
            self.events.append((name, told))

        return note
