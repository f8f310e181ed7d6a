"""The worker process: its death, its replacement, its port, and its end with the application."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.media.engine import EngineDown, EngineRestarted, MediaEvent
from signaling.media.sfu import create_engine
from tests.media.hall import Hall, got
from tests.media.waiting import slack, until
from tools.debian import in_ci


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    """An engine of this test alone."""
    events: list[MediaEvent] = []
    engine = await create_engine("127.0.0.1", 0, events.append)
    made = Hall(engine, events)
    yield made
    await made.leave()
    await engine.close()


async def test_a_dead_worker_is_replaced_and_told(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    port, pid = hall.engine.ports[0], hall.engine.workers[0].pid
    assert pid
    start = time.monotonic()
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not hall.engine.healthy)
    with pytest.raises(EngineDown):
        await hall.engine.listen(hall.room, {})
    await until(lambda: EngineRestarted((hall.room,)) in hall.events)
    assert time.monotonic() - start < 5 * slack()
    assert hall.engine.ports[0] == port
    for client in (a, b):
        await client.close(goodbye=False)
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("audio", b"again")
    await until(lambda: got(b) == [b"again"])


async def test_a_waiting_spare_takes_over(hall: Hall) -> None:
    former = hall.engine.workers[0].pid
    await until(lambda: len(children()) == 2, within=20)
    (spare,) = children() - {former}
    await asyncio.sleep(1)
    assert former
    os.kill(former, signal.SIGKILL)
    await until(lambda: hall.engine.workers[0].pid == spare)
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("audio", b"x")
    await until(lambda: got(b) == [b"x"])


async def test_a_stopped_worker_is_replaced_too(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    await hall.together("a", "b")
    monkeypatch.setattr("signaling.media.sfu.watched.PATIENCE", 0.5)
    pid = hall.engine.workers[0].pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: EngineRestarted((hall.room,)) in hall.events)
    assert hall.engine.workers[0].pid != pid


async def test_a_worker_that_does_not_confirm_a_cut_is_killed(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    await hall.together("a", "b")
    monkeypatch.setattr("signaling.media.sfu.watched.PATIENCE", 0.3)
    pid = hall.engine.workers[0].pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(EngineDown, match="did not answer"):
        await hall.engine.listen(hall.room, {})
    assert not alive(pid)
    await until(lambda: EngineRestarted((hall.room,)) in hall.events)


async def test_without_its_application_the_worker_ends_and_frees_the_port() -> None:
    """The application is killed, so nothing can tidy up: the closed control connection must do."""
    script = (
        "import asyncio\n"
        "from signaling.media.sfu import create_engine\n"
        "async def main():\n"
        "    engine = await create_engine('127.0.0.1', 0, print)\n"
        "    print(engine.ports[0], engine.workers[0].pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    application = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert application.stdout
    port, pid = map(int, (await application.stdout.readline()).split())
    with pytest.raises(OSError, match="in use"):
        bind(port)
    application.kill()
    await application.wait()
    await until(lambda: free(port), within=3)
    await until(lambda: not alive(pid), within=3)


async def test_one_port_serves_both_internet_protocols() -> None:
    """Announced is a public address, so every interface is open; one person comes by IPv4, the other by IPv6."""
    if not Path("/proc/net/if_inet6").exists():
        (pytest.fail if in_ci() else pytest.skip)("this machine has no IPv6")
    engine = await create_engine("192.0.2.1", 0, lambda event: None)
    hall = Hall(engine, [])
    await hall.together("four", "six")
    four = await hall.join("four", 1, local="127.0.0.1")
    six = await hall.join("six", 1, local="::1")
    assert four.server[1] == six.server[1] == engine.ports[0]
    four.send("audio", b"from four")
    await until(lambda: got(six) == [b"from four"])
    six.send("audio", b"from six")
    await until(lambda: got(four) == [b"from six"])
    await hall.leave()
    await engine.close()


async def test_a_taken_port_is_named(hall: Hall) -> None:
    with pytest.raises(EngineDown, match="in use"):
        await create_engine("127.0.0.1", hall.engine.ports[0], hall.events.append)


def bind(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", port))


def free(port: int) -> bool:
    try:
        bind(port)
    except OSError:
        return False
    return True


def children() -> set[int]:
    """Processes that this one started and that still run."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {int(pid) for pid in listed if "sfu.worker" in Path(f"/proc/{pid}/cmdline").read_text()}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
