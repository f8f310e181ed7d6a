"""When each room's turn comes: repeats and feedback twenty times a second, looks and reports seldomer.

Packets keep the time: the worker is awake for them anyhow. Where none come, a timer does, half as often: nothing is in a
hurry there.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from signaling.media.engine import MediaEvent, RecordingFailed
from signaling.media.sfu import presence
from signaling.media.sfu.room import Room

TICK, LOOK, REPORT = 0.05, 0.3, 1.0  # seconds
WITHOUT_PACKETS = 0.1
TURNS_AT_ONCE = 4

log = logging.getLogger(__name__)


class Clock:
    """`emit` takes the events of looking. A few rooms at once: twenty would hold packets up for milliseconds."""

    def __init__(self, emit: Callable[[MediaEvent], None]) -> None:
        self._emit = emit
        self._rooms: OrderedDict[Room, Times] = OrderedDict()  # who waits longest first
        self._due = float("inf")

    def add(self, room: Room) -> None:
        """The room has its turns from now on."""
        if room not in self._rooms:
            self._rooms[room] = Times(time.monotonic())
            self._set()

    def remove(self, room: Room) -> None:
        """The room has no more turns."""
        self._rooms.pop(room, None)
        self._set()

    def packets_came(self, now: float) -> None:
        """Packets were forwarded; rooms whose turn is due have it, a few of them."""
        for _ in range(TURNS_AT_ONCE):
            if now < self._due:
                return
            self._turn(now)

    async def keep(self) -> None:
        """Give rooms their turns while no packets come, too; for ever."""
        while True:
            await asyncio.sleep(WITHOUT_PACKETS)
            while (now := time.monotonic()) >= self._due:
                self._turn(now)
                await asyncio.sleep(0)  # packets that came meanwhile go first

    def _turn(self, now: float) -> None:
        room, times = next(iter(self._rooms.items()))
        self._rooms.move_to_end(room)
        times.tick = now + TICK
        self._set()
        try:
            self._work(room, times, now)
        except Exception:
            log.exception("keeping time failed in a room")  # the other rooms go on

    def _set(self) -> None:
        self._due = next(iter(self._rooms.values())).tick if self._rooms else float("inf")

    def _work(self, room: Room, times: Times, now: float) -> None:
        looks, reports = now >= times.look, now >= times.report
        if looks:
            times.look = now + LOOK
        if reports:
            times.report = now + REPORT
        if looks:  # first: whose consent has expired has to go, whatever else fails
            for event in (*presence.silence(room, now), *presence.speakers(room, now), *room.look(now)):
                self._emit(event)
        for name in room.tick_recordings(now):
            self._emit(RecordingFailed(room.name, name))
        for peer in room.peers.values():
            peer.connection.tick(now)
            if reports and peer.connection.connected:
                peer.connection.report(now)


class Times:
    """When the next of each is due for a room, seconds (time.monotonic)."""

    def __init__(self, now: float) -> None:
        self.tick, self.look, self.report = now + TICK, now + LOOK, now + REPORT
