"""A scripted person on an engine that sends on a connection of its own: one connection offers, the other answers."""

from __future__ import annotations

import asyncio
import secrets

from signaling.media.engine import MediaEngine
from signaling.media.sfu import stun
from tests.media.scripted_client import Line, ScriptedClient


class Receiver(ScriptedClient):
    """The receiving connection: the engine offers."""

    def __init__(self, name: str, room: str, engine: MediaEngine, address: str) -> None:
        async def nothing(offer: str) -> str:
            raise AssertionError("the engine offers here")

        super().__init__(name, nothing, local=address, dtls_role="server")
        self.number = ""
        self.wants_restart = False
        self._room, self._engine = room, engine

    async def receive(self) -> None:
        """Connect and wait until keys are there; without anything to receive there is no connection yet."""
        await self.negotiate()
        if not self.number:
            return
        asyncio.get_running_loop().add_reader(self.socket.fileno(), self._read)
        self._task = asyncio.ensure_future(self._keep_checking())
        async with asyncio.timeout(10):
            await self.connected.wait()
            while not (await self._engine.stats(self._room))[self.name].connected:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def negotiate(self) -> None:
        """Ask for the offer and answer it."""
        offer = await self._engine.offer(self._room, self.name, self.number, self.wants_restart)
        self.wants_restart = False
        if not offer:
            return
        number = offer.split("o=- ")[1].split()[0]
        assert self.number in ("", number), "the engine forgot this connection"
        self.number, self.answer_text = number, offer
        self.lines = [Line(section.split()[0]) for section in offer.split("\r\nm=")[1:]]
        self.sources.clear()
        self._learn(offer)
        await self._engine.accept(self._room, self.name, self.offer().replace("actpass", "passive"))

    def restart_ice(self) -> None:
        super().restart_ice()
        self.wants_restart = True

    def _role(self) -> bytes:
        return stun.attribute(stun.CONTROLLED, secrets.token_bytes(8))


class ApartClient(ScriptedClient):
    """One person with both connections; what arrives on either is theirs."""

    def __init__(self, name: str, room: str, engine: MediaEngine, address: str) -> None:
        async def answer(offer: str) -> str:
            return await engine.answer(room, name, offer)

        super().__init__(name, answer, local=address, dtls_role="server")
        self.receiver = Receiver(name, room, engine, address)
        self.receiver.on_packet = lambda item: self.on_packet(item)
        self.names = self.receiver.names

    async def join(self, receive: int = 0, publish: tuple[str, ...] = ("audio", "video")) -> None:
        await super().join(0, publish)
        await self.receiver.receive()

    async def negotiate(self) -> None:
        await super().negotiate()
        if self.connected.is_set():
            await self._receive_more()

    async def _receive_more(self) -> None:
        if self.receiver.number:
            await self.receiver.negotiate()
        else:
            await self.receiver.receive()

    def restart_ice(self) -> None:
        super().restart_ice()
        self.receiver.restart_ice()

    def move_network(self) -> None:
        super().move_network()
        self.receiver.move_network()

    def check(self) -> None:
        super().check()
        if self.receiver.number:
            self.receiver.check()

    def ask_again(self, ssrc: int, numbers: list[int]) -> None:
        self.receiver.ask_again(ssrc, numbers)

    def received_streams(self) -> dict[int, tuple[str, str, bool]]:
        return self.receiver.sources

    def given(self) -> set[tuple[str, str]]:
        return self.receiver.given()

    async def close(self, goodbye: bool = True) -> None:
        await super().close(goodbye)
        await self.receiver.close(goodbye)
