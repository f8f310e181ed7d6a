"""When rooms have their turn: after packets, a few at a time, who waits longest first."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from aiortc.rtcdtlstransport import RTCCertificate

from signaling.media.engine import MediaEvent, PeerGone, PeerSilent
from signaling.media.sfu.clock import TICK, TURNS_AT_ONCE, Clock
from signaling.media.sfu.peer import Place
from signaling.media.sfu.port import Port
from signaling.media.sfu.room import Room
from tests.media.test_room import CHROMIUM, Broken, Ticked
from tests.media.waiting import until

NAMES = ("a", "b", "c", "d", "e", "f")


class Hall:
    """Rooms whose turns are counted."""

    def __init__(self) -> None:
        self.events: list[MediaEvent] = []
        self.clock = Clock(self.events.append)
        self.port = Port("127.0.0.1", 0, self.clock)
        place = Place(self.port, "127.0.0.1", RTCCertificate.generateCertificate(), self.events.append)
        self.rooms = {name: Room(name, place) for name in NAMES}
        self.counts = {name: Ticked() for name in NAMES}
        for name, room in self.rooms.items():
            room._recorders["somebody"] = self.counts[name]
            self.clock.add(room)
        self.now = time.monotonic() + 1

    def turns(self) -> list[int]:
        return [counted.ticks for counted in self.counts.values()]


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    made = Hall()
    made.port.open()
    yield made
    for room in made.rooms.values():
        room._recorders.clear()
        room.close()
    made.port.close()


def test_packets_give_a_few_rooms_their_turn_who_waits_longest_first(hall: Hall) -> None:
    found = []
    for _ in range(3):
        hall.clock.packets_came(hall.now)
        found.append(hall.turns())
    assert TURNS_AT_ONCE == 4
    assert found == [[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]]
    hall.clock.packets_came(hall.now + TICK)
    assert hall.turns() == [2, 2, 2, 2, 1, 1]


async def test_a_read_turn_of_the_port_is_one_of_its_rooms(hall: Hall) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(10):
            await asyncio.sleep(TICK / 5)
            stranger.sendto(b"?", ("127.0.0.1", hall.port.number))
        await until(lambda: min(hall.turns()) >= 1)


def test_no_room_has_its_turn_before_it_is_due(hall: Hall) -> None:
    for moment in range(100):
        hall.clock.packets_came(hall.now + moment * TICK / 10)
    assert all(8 <= turns <= 10 for turns in hall.turns())


def test_a_room_that_ended_has_no_more_turns(hall: Hall) -> None:
    hall.clock.remove(hall.rooms["a"])
    hall.clock.remove(hall.rooms["a"])
    for _ in range(3):
        hall.clock.packets_came(hall.now)
    assert hall.turns() == [0, 1, 1, 1, 1, 1]
    for name in NAMES:
        hall.clock.remove(hall.rooms[name])
    hall.clock.packets_came(hall.now + 9)
    assert hall.turns() == [0, 1, 1, 1, 1, 1]


def test_a_fault_in_one_room_costs_the_others_no_turn(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    hall.rooms["a"]._recorders["somebody"] = Broken()
    for _ in range(3):
        hall.clock.packets_came(hall.now)
    assert hall.turns() == [0, 1, 1, 1, 1, 1]
    assert "ZeroDivisionError" in caplog.text


async def test_whose_consent_expired_goes_even_where_a_recording_fails(hall: Hall) -> None:
    room = hall.rooms["a"]
    room.answer("mother", CHROMIUM)
    room._recorders["somebody"] = Broken()
    hall.clock.packets_came(hall.now + 31)
    assert PeerGone("a", "mother") in hall.events
    assert room.peers == {}


async def test_who_fell_silent_is_told_seldomer_than_rooms_have_turns(hall: Hall) -> None:
    hall.rooms["b"].answer("mother", CHROMIUM)
    for name in NAMES:
        if name != "b":
            hall.clock.remove(hall.rooms[name])
    moments = []
    for moment in range(140):
        now = hall.now + 4 + moment * TICK * 1.02
        hall.clock.packets_came(now)
        if any(isinstance(event, PeerSilent) for event in hall.events):
            moments.append(moment)
            hall.events.clear()
            hall.rooms["b"].peers["mother"].silent = False  # so that it is told again at the next look
    assert hall.counts["b"].ticks == 140
    assert 5 <= min(after - before for before, after in pairwise(moments)) <= 7


async def test_rooms_have_turns_without_packets_too(hall: Hall) -> None:
    keeping = asyncio.ensure_future(hall.clock.keep())
    await until(lambda: min(hall.turns()) >= 3)
    keeping.cancel()
