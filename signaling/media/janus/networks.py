"""The networks of everybody who receives in one room, looked at again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from signaling.media.engine import MediaEvent, PicturesPaused
from signaling.media.janus.connections import Connections
from signaling.media.janus.reading import read_lines
from signaling.media.janus.subscriber import Subscriber
from signaling.media.janus.wire import Refused

LOOK_EVERY = 1.0


class Networks:
    """Tells whose pictures are paused."""

    def __init__(self, room: str, connections: Connections, emit: Callable[[MediaEvent], None]) -> None:
        self._room, self._connections, self._emit = room, connections, emit
        self._looked = 0.0

    def due(self, now: float) -> bool:
        """Whether it is time to look again, and somebody receives."""
        return bool(self._connections.subscribers) and now - self._looked >= LOOK_EVERY

    async def look(self, now: float) -> bool:
        """Judge everybody's; whether lines have to be routed anew. Raises EngineDown."""
        self._looked = now
        people = [one for one in self._connections.subscribers.values() if one.up]
        return any(await asyncio.gather(*(self._look_at(subscriber, now) for subscriber in people)))

    async def _look_at(self, subscriber: Subscriber, now: float) -> bool:
        try:
            figures = read_lines(await subscriber.handle.info())
        except Refused:
            return False  # it ended just now
        paused = subscriber.network.paused
        changed = subscriber.look(now, figures)
        if subscriber.network.paused != paused:
            self._emit(PicturesPaused(self._room, subscriber.name, not paused))
        return changed
