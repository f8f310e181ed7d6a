"""Rooms of scripted people: what a forwarded packet costs, what a person takes, what is lost, how late packets are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from bench.media.contestants import Contestant, Start
from bench.media.load import LoadPerson
from bench.media.process import cpu_seconds, memory_mb, put_first


@dataclass(frozen=True)
class Measured:
    """`cost` in µs of CPU per received packet, `memory` in MB per person, `late` the 99th percentile in ms."""

    packets: float  # received a second
    cores: float
    cost: float
    memory: float
    lost: float  # share
    late: float
    usual: float


async def measure_rooms(
    start: Start, address: str, rooms: int, people: int, seconds: float, timed: bool = False
) -> Measured:
    """Fill the rooms, let everybody send, and look at `seconds` of it."""
    async with start(address, lambda event: None) as contestant:
        put_first()
        empty = memory_mb(contestant.pids())
        everybody = await filled(contestant, rooms, people, timed)
        for person in everybody:
            person.talk()
        await asyncio.sleep(min(2.0, seconds / 2))
        begun, used, at = counted(everybody), cpu_seconds(contestant.pids()), time.monotonic()
        await asyncio.sleep(seconds)
        ended, used, passed = counted(everybody), cpu_seconds(contestant.pids()) - used, time.monotonic() - at
        memory = (memory_mb(contestant.pids()) - empty) / len(everybody)
        for person in everybody:
            person.stop()
        await asyncio.sleep(0.5)
        sent, arrived = sum(sum(each.client.sent.values()) for each in everybody), counted(everybody)
        for person in everybody:
            await person.client.close()
        await contestant.engine.close()
    received = ended - begun
    delays = [delay for person in everybody for delay in person.delays] or [float("nan")] * 2
    return Measured(
        packets=received / passed,
        cores=used / passed,
        cost=used / max(received, 1) * 1e6,
        memory=memory,
        lost=1 - arrived / (sent * (people - 1)),
        late=quantiles(delays, n=100)[98],
        usual=median(delays),
    )


def usual(turns: Sequence[Mapping[str, Measured]]) -> dict[str, Measured]:
    """Of each server the turn whose cost is the median."""
    by_name: dict[str, list[Measured]] = {}
    for turn in turns:
        for name, measured in turn.items():
            by_name.setdefault(name, []).append(measured)
    return {name: sorted(each, key=lambda one: one.cost)[len(each) // 2] for name, each in by_name.items()}


async def filled(contestant: Contestant, rooms: int, people: int, timed: bool) -> list[LoadPerson]:
    """Everybody has joined and receives everybody else of their room."""
    everybody = []
    for number in range(rooms):
        room, names = f"room{number}", [f"p{each}" for each in range(people)]
        await contestant.engine.listen(room, {name: [other for other in names if other != name] for name in names})
        there = [LoadPerson(contestant, room, name, timed, timed and name == "p0") for name in names]
        for person in there:
            await person.client.join(people - 1)
        for person in there:
            await person.client.negotiate()
        everybody += there
    return everybody


def counted(everybody: Sequence[LoadPerson]) -> int:
    """Packets received by all so far."""
    return sum(person.count for person in everybody)
