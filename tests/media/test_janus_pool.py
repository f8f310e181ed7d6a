"""The pool of Janus servers: where rooms go, what a stopped server does, what a wrong secret is told."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from signaling.media.engine import EngineDown, EngineRestarted, MediaEvent, OnEvent
from signaling.media.janus import JanusEngine, create_engine
from tests.media.janus_server import JanusServer, run_janus
from tests.media.waiting import slack, until


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
    await until(lambda: EngineRestarted(("room",)) in EVENTS, within=8 * slack())
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
