"""Several workers: rooms are spread over them, and the death of one is felt in its own rooms alone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator

import pytest

from signaling.media.engine import EngineDown, EngineRestarted, MediaEvent
from signaling.media.sfu import EmbeddedEngine, create_engine
from tests.media.hall import Hall, got
from tests.media.test_worker import children, free
from tests.media.waiting import slack, until


@pytest.fixture
async def halls() -> AsyncIterator[tuple[Hall, Hall]]:
    """Two rooms on an engine of two workers, one each, with two people who hear each other."""
    events: list[MediaEvent] = []
    engine = await create_engine("127.0.0.1", 0, events.append, workers=2)
    made = Hall(engine, events), Hall(engine, events)
    for hall in made:
        await hall.together("a", "b")
        await hall.enter("a", "b")
    yield made
    for hall in made:
        await hall.leave()
    await engine.close()


async def talks(hall: Hall, text: bytes) -> None:
    """Everybody in the room is heard."""
    a, b = hall.people.values()
    a.send("audio", text)
    await until(lambda: text in got(b))


async def come_again(hall: Hall) -> None:
    """What signaling and the browsers do after EngineRestarted."""
    for client in hall.people.values():
        await client.close(goodbye=False)
    await hall.together("a", "b")
    await hall.enter("a", "b")


def kill(engine: EmbeddedEngine, room: str) -> None:
    pid = engine.worker_of(room).pid
    assert pid
    os.kill(pid, signal.SIGKILL)


async def test_each_room_lives_on_a_worker_with_a_port_of_its_own(halls: tuple[Hall, Hall]) -> None:
    ports = [{client.server[1] for client in hall.people.values()} for hall in halls]
    assert sorted(port for of_room in ports for port in of_room) == sorted(halls[0].engine.ports)
    for hall in halls:
        await talks(hall, b"hello")
        assert set(await hall.engine.stats(hall.room)) == {"a", "b"}


async def test_only_the_rooms_of_a_killed_worker_restart(halls: tuple[Hall, Hall]) -> None:
    killed, other = halls
    start = time.monotonic()
    kill(killed.engine, killed.room)
    await until(lambda: not killed.engine.healthy)
    await talks(other, b"undisturbed")
    await until(lambda: EngineRestarted((killed.room,)) in killed.events)
    await come_again(killed)
    await talks(killed, b"again")
    assert time.monotonic() - start < 5 * slack()
    await talks(other, b"still undisturbed")
    assert [event for event in other.events if isinstance(event, EngineRestarted)] == [EngineRestarted((killed.room,))]
    assert not any(client.closed.is_set() for client in other.people.values())


async def test_both_workers_killed_at_once_come_back(halls: tuple[Hall, Hall]) -> None:
    engine, ports = halls[0].engine, halls[0].engine.ports
    start = time.monotonic()
    for hall in halls:
        kill(engine, hall.room)
    for hall in halls:
        await until(lambda room=hall.room: EngineRestarted((room,)) in halls[0].events)
        await come_again(hall)
        await talks(hall, b"again")
    assert time.monotonic() - start < 5 * slack()
    assert engine.ports == ports


async def test_rooms_of_a_worker_that_cannot_be_replaced_move_to_the_other(halls: tuple[Hall, Hall]) -> None:
    orphaned, other = halls
    engine = orphaned.engine
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        engine.worker_of(orphaned.room).port = taken.getsockname()[1]
        kill(engine, orphaned.room)
        await until(lambda: EngineRestarted((orphaned.room,)) in orphaned.events)
        await come_again(orphaned)
        await talks(orphaned, b"on the other worker")
        assert engine.worker_of(orphaned.room) is engine.worker_of(other.room)
        assert not engine.healthy
    await until(lambda: engine.healthy, within=15)
    await talks(orphaned, b"and stays there")


async def test_there_is_one_spare_for_all_workers(halls: tuple[Hall, Hall]) -> None:
    await until(lambda: len(children()) == 3, within=20)
    await asyncio.sleep(1)
    assert len(children()) == 3


async def test_a_room_asked_for_while_it_is_closed_stays_where_it_is(halls: tuple[Hall, Hall]) -> None:
    hall, engine = halls[0], halls[0].engine
    home = engine.worker_of(hall.room)
    await asyncio.gather(engine.close_room(hall.room), hall.together("a", "b"))
    assert engine.worker_of(hall.room) is home
    await come_again(hall)
    await talks(hall, b"again")


async def test_new_rooms_go_where_there_is_least_to_do() -> None:
    engine = EmbeddedEngine("127.0.0.1", 0, lambda event: None, 3)
    first, second, third = engine.workers
    first.busy, second.busy, third.busy = 0.5, 0.3, 0.33
    homes = [engine.worker_of(str(number)) for number in range(5)]
    assert homes == [second, second, third, second, third]
    assert [engine.worker_of(str(number)) for number in range(5)] == homes


async def test_a_taken_port_in_the_row_starts_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        port = taken_after_a_free_one(taken)
        with pytest.raises(EngineDown, match="in use"):
            await create_engine("127.0.0.1", port - 1, lambda event: None, workers=2)
    assert free(port - 1)
    assert children() == set()


def taken_after_a_free_one(sock: socket.socket) -> int:
    """Take a port whose neighbour below nobody has; gives it."""
    port = next(port for port in range(20_000, 30_000) if free(port - 1) and free(port))
    sock.bind(("127.0.0.1", port))
    return port
