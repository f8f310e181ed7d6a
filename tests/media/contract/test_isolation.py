"""Isolation as a property: after a move is acknowledged, not one packet of an unlisted source arrives.

Every packet carries its sender and its number; the kernel stamps its arrival. Rooms, lists, negotiations, sizes of tiles and
losses are drawn from a seeded generator.
"""

from __future__ import annotations

import asyncio
import random
import struct
import time
from bisect import bisect_right

import pytest

from signaling.media.engine import MediaEngine
from tests.media.contract.ground import Ground
from tests.media.scripted_client import Received

ROOMS, PEOPLE = ("red", "blue"), 5
PACKETS_PER_SECOND = 50
TILES = (0, 200, 600, 2000)  # pixels, for each layer of a camera and for none
Lists = dict[str, set[str]]
pytestmark = pytest.mark.asyncio(loop_scope="module")


class Listener:
    """One person, what they may receive since when, and every packet that they should not have got."""

    def __init__(self, room: str, name: str, ground: Ground) -> None:
        self.room, self.name = room, name
        self.client = ground.person(room, name)
        self.client.on_packet = self._take
        self.rightly = 0
        self.wrongly: list[str] = []
        self._since: list[int] = [0]
        self._allowed: list[set[str]] = [set()]
        self._opening: set[str] = set()

    def opens(self, sources: set[str]) -> None:
        """A move was asked for: these may arrive from now on, those of before until it is acknowledged."""
        self._opening = sources

    def acknowledged(self, sources: set[str]) -> None:
        """The move was acknowledged: nothing but these may arrive from now on."""
        self._since.append(time.time_ns())
        self._allowed.append(sources)
        self._opening = set()

    def _take(self, item: Received) -> None:
        payload = item.packet.payload[2:] if item.repaired else item.packet.payload
        sender, number = struct.unpack("!16sI", payload[2:22])
        source = sender.rstrip(b"\0").decode()
        at = bisect_right(self._since, item.arrived) - 1
        last = at == len(self._since) - 1
        allowed = self._allowed[at] | (self._opening if last else self._allowed[at + 1])
        room, _, name = source.partition("/")
        # The answer may still be under way when the first packets arrive, or when a stream gets another source.
        named = item.source == "?" or name in self.client.names[item.packet.ssrc]
        if room != self.room or name not in allowed or not named:
            self.wrongly.append(f"{self.room}/{self.name} got {source} no. {number} as {item.source}")
        else:
            self.rightly += 1


def drawn(rng: random.Random, names: list[str]) -> Lists:
    """A seating: groups that hear each other, some who hear nobody, sometimes one-way listening."""
    shuffled = rng.sample(names, len(names))
    cut = rng.randrange(len(names) + 1)
    groups = [shuffled[:cut], shuffled[cut:]]
    lists = {name: set(group) - {name} for group in groups for name in group}
    for name in rng.sample(names, rng.randrange(3)):
        lists[name] = set(rng.sample(names, rng.randrange(len(names)))) - {name}
    for name in rng.sample(names, rng.randrange(2)):
        del lists[name]
    return lists


async def talk(listeners: list[Listener], rng: random.Random) -> None:
    """Everybody sends marked voice and picture packets all the time, loses some and asks for lost ones again."""
    number = 0
    while True:
        number += 1
        for listener in listeners:
            marker = struct.pack("!16sI", f"{listener.room}/{listener.name}".encode(), number)
            listener.client.send("audio", b"\x10\x00" + marker)
            for rid in listener.client.rids:
                listener.client.send_layer(rid, b"\x10\x00" + marker, lose=rng.random() < 0.02)
            if not listener.client.rids:
                listener.client.send("video", b"\x10\x00" + marker, lose=rng.random() < 0.02)
            for ssrc, (_, kind, repair) in list(listener.client.received_streams().items()):
                if kind == "video" and not repair and rng.random() < 0.05:
                    listener.client.ask_again(ssrc, rng.sample(range(0x10000), 8))
        await asyncio.sleep(1 / PACKETS_PER_SECOND)


async def move(engine: MediaEngine, people: list[Listener], rng: random.Random) -> None:
    """One move of one room, sometimes with offers before, during and after it."""
    room = people[0].room
    lists = drawn(rng, [listener.name for listener in people])
    for listener in people:
        listener.opens(lists.get(listener.name, set()))
    offering = [listener.client.negotiate() for listener in people if rng.random() < 0.2]
    await asyncio.gather(engine.listen(room, lists), *offering)
    for listener in people:
        listener.acknowledged(lists.get(listener.name, set()))
    for listener in people:
        if rng.random() < 0.3:
            await listener.client.negotiate()
        if rng.random() < 0.3:
            await engine.prefer(room, listener.name, {other.name: rng.choice(TILES) for other in people})


async def run_moves(ground: Ground, moves: int, seed: int) -> list[Listener]:
    engine = ground.engine
    rng = random.Random(seed)
    rooms = [[Listener(room, f"p{number}", ground) for number in range(PEOPLE)] for room in ROOMS]
    everybody = [listener for room in rooms for listener in room]
    for room in rooms:
        names = {listener.name for listener in room}
        await engine.listen(room[0].room, {name: names - {name} for name in names})
        for listener in room:
            listener.acknowledged(names - {listener.name})
    for listener in everybody[::2]:
        listener.client.rids = ("l", "m", "h") if ground.layers else ()
    await asyncio.gather(*(listener.client.join(PEOPLE - 1) for listener in everybody))
    talking = asyncio.ensure_future(talk(everybody, rng))
    for number in range(moves):
        assert not talking.done()
        await move(engine, rooms[number % len(rooms)], rng)
        await asyncio.sleep(rng.choice((0, 0, 0.005, 0.02, 0.05)))
    await asyncio.sleep(0.2)
    talking.cancel()
    for listener in everybody:
        await listener.client.close()
    return everybody


def check(everybody: list[Listener], moves: int) -> None:
    wrong = [line for listener in everybody for line in listener.wrongly]
    assert wrong == [], f"{len(wrong)} packets arrived that should not, first: {wrong[:5]}"
    rightly = sum(listener.rightly for listener in everybody)
    assert rightly > moves * 5, f"only {rightly} packets arrived at all"


async def test_no_packet_arrives_after_an_acknowledged_move(ground: Ground) -> None:
    check(await run_moves(ground, moves=400, seed=20261121), moves=400)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(5))
async def test_no_packet_arrives_after_thousands_of_moves(ground: Ground, seed: int) -> None:
    check(await run_moves(ground, moves=5000, seed=seed), moves=5000)
