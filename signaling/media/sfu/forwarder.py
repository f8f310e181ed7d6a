"""All rooms of one worker: commands in, events out, and the clock that drives repeats and reports."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate

from signaling.media.engine import MediaEvent, RecordingFailed
from signaling.media.sfu import presence, wire
from signaling.media.sfu.address import announced
from signaling.media.sfu.peer import Place
from signaling.media.sfu.port import Port
from signaling.media.sfu.room import Room
from signaling.media.sfu.statistics import room_stats

TICK = 0.05
TICKS_PER_LOOK = 6
TICKS_PER_REPORT = 20

log = logging.getLogger(__name__)


class Forwarder:
    """The embedded engine inside its worker process. `emit` takes the events."""

    def __init__(self, address: str, port: int, emit: Callable[[MediaEvent], None]) -> None:
        self._emit = emit
        self._rooms: dict[str, Room] = {}
        told = announced(address)
        self._port = Port(told, port)
        self._place = Place(self._port, told, RTCCertificate.generateCertificate(), emit)
        self._ticks = 0
        self._clock: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The UDP port that is really bound."""
        return self._port.number

    def start(self) -> None:
        """Begin to read the port and to keep time."""
        self._port.open()
        self._clock = asyncio.ensure_future(self._keep_time())

    def close(self) -> None:
        """Stop forwarding at once and free the port."""
        if self._clock:
            self._clock.cancel()
        for room in self._rooms.values():
            room.close(wait=True)
        self._port.close()

    def answer(self, room: str, peer: str, offer: str) -> str:
        """MediaEngine.answer. A room that only a bad offer asked for isn't made."""
        found = self._rooms.get(room) or Room(room, self._place)
        answer = found.answer(peer, offer)
        self._rooms[room] = found
        return answer

    def listen(self, room: str, lists: Mapping[str, list[str]]) -> None:
        """MediaEngine.listen."""
        self._room(room).listen(lists)

    def mute(self, room: str, peer: str, kinds: list[str]) -> None:
        """MediaEngine.mute."""
        self._room(room).mute(peer, kinds)

    def record(self, room: str, peer: str, target: wire.Message | None) -> None:
        """MediaEngine.record. A file that can't be made is told like one that can't be written."""
        try:
            self._room(room).record(peer, wire.to_target(target) if target else None, time.monotonic())
        except OSError:
            self._emit(RecordingFailed(room, peer))

    def prefer(self, room: str, peer: str, pixels: dict[str, int]) -> None:
        """MediaEngine.prefer."""
        self._room(room).prefer(peer, pixels)

    def close_peer(self, room: str, peer: str) -> None:
        """MediaEngine.close_peer."""
        if room in self._rooms:
            self._rooms[room].remove(peer, tell=False)

    def close_room(self, room: str) -> None:
        """MediaEngine.close_room."""
        found = self._rooms.pop(room, None)
        if found:
            found.close()

    def stats(self, room: str) -> dict[str, dict[str, Any]]:
        """MediaEngine.stats, as plain values."""
        return room_stats(self._rooms[room], time.monotonic()) if room in self._rooms else {}

    def _room(self, name: str) -> Room:
        return self._rooms.setdefault(name, Room(name, self._place))

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._ticks += 1
            for room in list(self._rooms.values()):
                try:
                    self._tick(room, time.monotonic())
                except Exception:
                    log.exception("keeping time failed in a room")  # the other rooms go on
                await asyncio.sleep(0)  # packets that came meanwhile go first: many rooms take many milliseconds

    def _tick(self, room: Room, now: float) -> None:
        for name in room.tick_recordings(now):
            self._emit(RecordingFailed(room.name, name))
        for peer in room.peers.values():
            peer.connection.tick(now)
            if self._ticks % TICKS_PER_REPORT == 0 and peer.connection.connected:
                peer.connection.report(now)
        if self._ticks % TICKS_PER_LOOK == 0:
            for event in (*presence.silence(room, now), *presence.speakers(room, now), *room.look(now)):
                self._emit(event)
