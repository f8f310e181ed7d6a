"""An engine and scripted people in one room of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Generic, TypeVar

from signaling.media.engine import MediaEngine, MediaEvent
from tests.media.scripted_client import ScriptedClient

KEY = b"\x10\x00"
DELTA = b"\x10\x01"
ROOMS = count(1)
E = TypeVar("E", bound=MediaEngine)
# How somebody called `name` comes into `room`.
Make = Callable[[str, str], ScriptedClient]


class Hall(Generic[E]):
    """A room and the people in it. `events` are those of the whole engine."""

    def __init__(self, engine: E, events: list[MediaEvent], make: Make | None = None) -> None:
        self.engine, self.events = engine, events
        self._make = make or self._offering
        self.people: dict[str, ScriptedClient] = {}
        self.room = f"hall{next(ROOMS)}"

    async def enter(self, *names: str, receive: int | None = None) -> list[ScriptedClient]:
        """These people join, with lines for each other."""
        for name in names:
            await self.join(name, len(names) - 1 if receive is None else receive)
        return [self.people[name] for name in names]

    async def join(
        self,
        name: str,
        receive: int,
        publish: tuple[str, ...] = ("audio", "video"),
        local: str = "",
        rids: tuple[str, ...] = (),
    ) -> ScriptedClient:
        """One person joins; from the address `local` if given, which the server is then reached at too."""
        client = self.people[name] = self._offering(self.room, name, local) if local else self._make(self.room, name)
        client.rids = rids
        await client.join(receive, publish)
        return client

    def _offering(self, room: str, name: str, local: str = "") -> ScriptedClient:
        async def answer(offer: str) -> str:
            return await self.engine.answer(room, name, offer)

        return ScriptedClient(name, answer, local=local, server=local) if local else ScriptedClient(name, answer)

    async def together(self, *names: str) -> None:
        await self.engine.listen(self.room, {name: [n for n in names if n != name] for name in names})

    async def leave(self) -> None:
        """Everybody goes and the room is closed."""
        for client in self.people.values():
            await client.close()
        await self.engine.close_room(self.room)


def got(client: ScriptedClient, kind: str = "audio") -> list[bytes]:
    return [item.packet.payload for item in client.received if item.kind == kind]


async def settle() -> None:
    """Long enough for packets on loopback to have arrived."""
    await asyncio.sleep(0.15)
