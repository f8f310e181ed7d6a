"""The recordings of one room: each follows its person's connections, and ends with the room."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping

from signaling.media.engine import RecordingTarget
from signaling.media.janus.forwarding import Forwarding
from signaling.media.janus.publisher import Publisher
from signaling.media.janus.wire import Message, Refused

log = logging.getLogger(__name__)


class Recordings:
    """`on_failed` is told whose file can't be written (any more)."""

    def __init__(self, room: Message, publishers: Mapping[str, Publisher], on_failed: Callable[[str], None]) -> None:
        self._room, self._publishers, self._on_failed = room, publishers, on_failed
        self._running: dict[str, Forwarding] = {}

    @property
    def people(self) -> Collection[str]:
        """Who is recorded."""
        return self._running.keys()

    async def change(self, peer: str, target: RecordingTarget | None, address: str) -> None:
        """Begin or end the peer's recording; packets come to `address`."""
        former = self._running.pop(peer, None)
        if former:
            await former.stop(self._publishers.get(peer), self._room)
        if target:
            try:
                self._running[peer] = Forwarding(target, address)
            except OSError:
                self._on_failed(peer)
        await self.follow()

    async def follow(self) -> None:
        """Have everybody's present connection forwarded who is recorded."""
        for peer, recording in list(self._running.items()):
            try:
                await recording.follow(self._publishers.get(peer), self._room)
            except (OSError, Refused) as error:
                log.error("a recording ends, for its packets can't come here: %s", error)
                await self._fail(peer, recording)

    async def look(self) -> None:
        """Let them write, several times a second; those that can't any more are ended."""
        for peer, recording in list(self._running.items()):
            await recording.look(self._publishers.get(peer))
            if recording.recorder.failed:
                await self._fail(peer, recording)

    async def _fail(self, peer: str, recording: Forwarding) -> None:
        del self._running[peer]
        await recording.stop(self._publishers.get(peer), self._room)
        self._on_failed(peer)

    def end(self) -> None:
        """The room is gone: what was written stays, as whole files."""
        for recording in self._running.values():
            recording.close()
        self._running.clear()
