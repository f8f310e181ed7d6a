"""All rooms of one worker: commands in, events out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from aiortc.rtcdtlstransport import RTCCertificate

from signaling.media.engine import MediaEvent, RecordingFailed
from signaling.media.sfu import wire
from signaling.media.sfu.address import announced
from signaling.media.sfu.clock import Clock
from signaling.media.sfu.peer import Place
from signaling.media.sfu.port import Port
from signaling.media.sfu.room import Room
from signaling.media.sfu.statistics import room_stats


class Forwarder:
    """The embedded engine inside its worker process. `emit` takes the events."""

    def __init__(self, address: str, port: int, emit: Callable[[MediaEvent], None]) -> None:
        self._emit = emit
        self._rooms: dict[str, Room] = {}
        told = announced(address)
        self._clock = Clock(emit)
        self._port = Port(told, port, self._clock)
        self._place = Place(self._port, told, RTCCertificate.generateCertificate(), emit)
        self._timer: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The UDP port that is really bound."""
        return self._port.number

    def start(self) -> None:
        """Begin to read the port and to keep time."""
        self._port.open()
        self._timer = asyncio.ensure_future(self._clock.keep())

    def close(self) -> None:
        """Stop forwarding at once and free the port."""
        if self._timer:
            self._timer.cancel()
        for room in self._rooms.values():
            room.close(wait=True)
        self._port.close()

    def answer(self, room: str, peer: str, offer: str) -> str:
        """MediaEngine.answer. A room that only a bad offer asked for isn't made."""
        found = self._rooms.get(room) or Room(room, self._place)
        answer = found.answer(peer, offer)
        self._keep(found)
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
            self._clock.remove(found)
            found.close()

    def stats(self, room: str) -> dict[str, dict[str, Any]]:
        """MediaEngine.stats, as plain values."""
        return room_stats(self._rooms[room], time.monotonic()) if room in self._rooms else {}

    def _room(self, name: str) -> Room:
        return self._rooms.get(name) or self._keep(Room(name, self._place))

    def _keep(self, room: Room) -> Room:
        self._rooms[room.name] = room
        self._clock.add(room)
        return room
