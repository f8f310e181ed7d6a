"""The pool of Janus servers: where rooms go, what a stopped server does, what a wrong secret is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from signaling.media.engine import EngineDown, EngineRestarted, MediaEvent, OnEvent
from signaling.media.janus import JanusEngine, create_engine
from signaling.media.janus.handle import Handle
from signaling.media.janus.server import JanusServer as Commanded
from tests.media.apart_client import ApartClient
from tests.media.hall import Hall, got
from tests.media.janus_server import JanusServer, run_janus
from tests.media.waiting import until


@pytest.fixture
async def servers(janus_address: str, tmp_path: Path) -> AsyncIterator[list[JanusServer]]:
    """Two Janus processes with the same secrets."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(run_janus(tmp_path / str(number), janus_address)) for number in range(2)]


@pytest.fixture
async def engine(servers: list[JanusServer]) -> AsyncIterator[JanusEngine]:
    """An engine on both; its events are in `engine_events`."""
    made = await on(servers, EVENTS.append)
    EVENTS.clear()
    yield made
    await made.close()


EVENTS: list[MediaEvent] = []


async def on(servers: list[JanusServer], on_event: OnEvent) -> JanusEngine:
    return await create_engine([one.url for one in servers], servers[0].api_secret, servers[0].admin_secret, on_event)


async def test_rooms_are_spread(engine: JanusEngine) -> None:
    for room in ("one", "two", "three", "four"):
        await engine.listen(room, {})
    homes = [engine.server_of(room) for room in ("one", "two", "three", "four")]
    assert {homes.count(home) for home in homes} == {2}
    await engine.close_room("one")
    assert engine.server_of("one") is None
    assert await engine.stats("one") == {}


async def test_a_stopped_server_is_as_good_as_dead(engine: JanusEngine, servers: list[JanusServer]) -> None:
    await engine.listen("room", {})
    home = engine.server_of("room")
    assert home
    stopped = next(one for one in servers if home.name.endswith(f":{one.port}"))
    os.kill(stopped.pid, signal.SIGSTOP)
    await until(lambda: EngineRestarted(("room",)) in EVENTS, within=8)
    assert not engine.healthy
    await engine.listen("room", {})
    assert engine.server_of("room") not in (None, home)
    os.kill(stopped.pid, signal.SIGCONT)
    await until(lambda: engine.healthy)


async def test_without_any_server_rooms_are_told_when_one_is_back(janus_address: str, tmp_path: Path) -> None:
    async with run_janus(tmp_path / "first", janus_address) as server:
        engine = await on([server], EVENTS.append)
        await engine.listen("room", {})
        os.kill(server.pid, signal.SIGKILL)
        await until(lambda: not engine.healthy)
        with pytest.raises(EngineDown):
            await engine.listen("room", {})
        with pytest.raises(EngineDown):
            await engine.listen("new", {})
        EVENTS.clear()
        async with server.again():
            await until(lambda: EngineRestarted(("new", "room")) in EVENTS)
            await engine.listen("room", {})
            await engine.close()


async def test_a_wrong_secret_is_named_and_nothing_runs(
    servers: list[JanusServer], caplog: pytest.LogCaptureFixture
) -> None:
    engine = await create_engine([servers[0].url], "wrong", servers[0].admin_secret, EVENTS.append)
    assert not engine.healthy
    assert "Unauthorized request" in caplog.text
    assert servers[0].api_secret not in caplog.text
    await engine.close()


async def test_who_does_not_confirm_is_given_up(
    engine: JanusEngine, servers: list[JanusServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    await engine.listen("room", {})
    monkeypatch.setattr("signaling.media.janus.wire.PATIENCE", 0.3)
    for server in servers:
        os.kill(server.pid, signal.SIGSTOP)
    await until(lambda: all(has_stopped(server.pid) for server in servers))
    with pytest.raises(EngineDown):
        await engine.close_room("room")
    for server in servers:
        os.kill(server.pid, signal.SIGCONT)
    await until(lambda: EngineRestarted(("room",)) in EVENTS)


def has_stopped(pid: int) -> bool:
    """Whether no thread of the process runs any more (proc(5): the state follows the name in brackets)."""
    threads = Path(f"/proc/{pid}/task").glob("*/stat")
    return all(thread.read_text().rpartition(")")[2].split()[0] == "T" for thread in threads)


class Line:
    """The way by which one Janus is commanded. Cut, it carries nothing, and neither end is told."""

    def __init__(self) -> None:
        self.cut = False
        self.open = 0
        self._servers: list[asyncio.Server] = []
        self._unended: list[asyncio.StreamWriter] = []

    async def to(self, port: int) -> int:
        """Another port that leads to this one."""

        async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.open += 1
            there, back = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(self._carry(reader, back), self._carry(there, writer))
            finally:
                self.open -= 1

        self._servers.append(await asyncio.start_server(join, "127.0.0.1"))
        return int(self._servers[-1].sockets[0].getsockname()[1])

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not self.cut:
                    writer.write(data)
        if self.cut:
            self._unended.append(writer)
        else:
            writer.close()

    def close(self) -> None:
        for server in self._servers:
            server.close()
        for writer in self._unended:
            writer.close()


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    made = Line()
    yield made
    made.close()


async def test_who_talks_on_a_server_out_of_reach_is_told_to_hang_up(
    line: Line, janus_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Media take another way and go on by the old lists; with no other server, too, nothing of them may stay."""
    monkeypatch.setattr("signaling.media.janus.wire.PATIENCE", 1.0)
    monkeypatch.setattr("signaling.media.janus.server.CONNECT_WITHIN", 1.0)
    events: list[MediaEvent] = []
    async with run_janus(tmp_path / "far", janus_address) as server:
        url = f"ws://127.0.0.1:{await line.to(server.port)}?admin={await line.to(server.admin_port)}"
        engine = await create_engine([url], server.api_secret, server.admin_secret, events.append)
        hall = Hall(engine, events, lambda room, name: ApartClient(name, room, engine, janus_address))
        await hall.together("a", "b")
        await hall.enter("a", "b")
        line.cut = True
        with pytest.raises(EngineDown):
            await engine.listen(hall.room, {})
        hall.people["a"].send("audio", b"to whom I was parted from")
        await until(lambda: got(hall.people["b"]) == [b"to whom I was parted from"])
        await until(lambda: EngineRestarted((hall.room,)) in events)
        assert not engine.healthy
        for client in hall.people.values():
            await client.close(goodbye=False)
        events.clear()
        line.cut = False
        await until(lambda: EngineRestarted((hall.room,)) in events)
        await engine.listen(hall.room, {})
        await engine.close()


async def test_rooms_that_were_lost_are_not_left_behind(engine: JanusEngine) -> None:
    await engine.listen("room", {})
    home = engine.server_of("room")
    assert home
    left = home.rooms["room"]._id
    assert await exists(home, left)
    home.give_up()
    await until(lambda: EngineRestarted(("room",)) in EVENTS)
    await until(lambda: engine.healthy)
    assert not await exists(home, left)


async def exists(server: Commanded, room: dict[str, object]) -> bool:
    return bool((await server.control.ask("exists", room)).data["exists"])


async def test_nothing_is_placed_on_a_server_before_it_can_be_commanded(
    engine: JanusEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no room yet and would be taken first; what goes wrong there would break its connection off again."""
    slow, attach = asyncio.Event(), Commanded.attach
    home = engine._servers[0]

    async def attach_late(server: Commanded) -> Handle:
        if server is home:
            await slow.wait()
        return await attach(server)

    monkeypatch.setattr(Commanded, "attach", attach_late)
    home.give_up()
    await until(lambda: not home.alive)
    await until(lambda: len(home._sockets) == 2)
    for room in ("one", "two", "three"):
        await engine.listen(room, {})
    assert not home.rooms
    slow.set()
    await until(lambda: engine.healthy)


async def test_an_attempt_that_fails_half_way_leaves_nothing_open(
    line: Line, janus_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signaling.media.janus.engine.TRY_AGAIN", 0.1)
    async with run_janus(tmp_path / "half", janus_address) as server:
        url = f"ws://127.0.0.1:{await line.to(server.port)}?admin=1"
        engine = await create_engine([url], server.api_secret, server.admin_secret, EVENTS.append)
        await asyncio.sleep(1)
        assert line.open <= 1
        await engine.close()
