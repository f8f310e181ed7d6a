"""The embedded engine as the application sees it: a MediaEngine that places each room on one of its workers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping

from signaling.media.engine import (
    BadOffer,
    EngineRestarted,
    MediaEngine,
    MediaEvent,
    OnEvent,
    PeerStats,
    RecordingTarget,
    TrackStats,
)
from signaling.media.sfu import wire
from signaling.media.sfu.process import PROGRAM
from signaling.media.sfu.spare import Spare
from signaling.media.sfu.watched import WatchedWorker

EXPECTED_OF_A_ROOM = 0.02  # cores; a room counts before its people talk, or rooms that begin together would pile up

log = logging.getLogger(__name__)


class EmbeddedEngine(MediaEngine):
    """Workers on consecutive UDP ports; a room lives on one of them. Made by create_engine."""

    name = "embedded"

    def __init__(self, address: str, port: int, on_event: OnEvent, workers: int, program: str = PROGRAM) -> None:
        self._on_event = on_event
        self._rooms: dict[str, WatchedWorker] = {}
        self._ending: set[str] = set()
        self._spare = Spare(program)
        self._closing = False
        ports = range(port, port + workers) if port else [0] * workers
        self.workers = [WatchedWorker(address, each, self._spare, self._deliver, self._lost) for each in ports]

    @property
    def healthy(self) -> bool:
        """Whether every worker is running and answering."""
        return all(worker.healthy for worker in self.workers)

    @property
    def ports(self) -> list[int]:
        """The UDP ports, one per worker."""
        return [worker.port for worker in self.workers]

    async def start(self) -> None:
        """Start the workers and the watch over them. Raises EngineDown."""
        results = await asyncio.gather(*(worker.start() for worker in self.workers), return_exceptions=True)
        failed = next((result for result in results if result is not None), None)
        if failed is not None:
            await self.close()
            raise failed

    def worker_of(self, room: str) -> WatchedWorker:
        """The worker of a room; a new room is placed on the one with the least to do."""
        self._ending.discard(room)
        if room not in self._rooms:
            self._rooms[room] = min(self.workers, key=self._load)
        return self._rooms[room]

    async def answer(self, room: str, peer: str, offer: str) -> str:
        """MediaEngine.answer."""
        answer: str = await self.worker_of(room).do("answer", room=room, peer=peer, offer=offer)
        return answer

    async def offer(self, room: str, peer: str, number: str, restart: bool) -> str:
        """MediaEngine.offer: everything is received on the connection that the browser offers."""
        raise BadOffer("no_offer")

    async def accept(self, room: str, peer: str, answer: str) -> None:
        """MediaEngine.accept."""
        raise BadOffer("no_offer")

    async def listen(self, room: str, lists: Mapping[str, Collection[str]]) -> None:
        """MediaEngine.listen."""
        plain = {receiver: sorted(sources) for receiver, sources in lists.items()}
        await self.worker_of(room).do("listen", room=room, lists=plain)

    async def mute(self, room: str, peer: str, kinds: Collection[str]) -> None:
        """MediaEngine.mute."""
        await self.worker_of(room).do("mute", room=room, peer=peer, kinds=sorted(kinds))

    async def record(self, room: str, peer: str, target: RecordingTarget | None) -> None:
        """MediaEngine.record."""
        await self.worker_of(room).do("record", room=room, peer=peer, target=target and wire.plain_target(target))

    async def prefer(self, room: str, peer: str, pixels: Mapping[str, int]) -> None:
        """MediaEngine.prefer."""
        await self.worker_of(room).do("prefer", room=room, peer=peer, pixels=dict(pixels))

    async def close_peer(self, room: str, peer: str) -> None:
        """MediaEngine.close_peer."""
        if room in self._rooms:
            await self._rooms[room].do("close_peer", room=room, peer=peer)

    async def close_room(self, room: str) -> None:
        """MediaEngine.close_room."""
        worker = self._rooms.get(room)
        if worker is None:
            return
        self._ending.add(room)
        try:
            await worker.do("close_room", room=room)
        finally:
            # Not earlier, and not if it was asked for meanwhile: two workers would serve one room.
            if room in self._ending:
                self._ending.discard(room)
                self._rooms.pop(room, None)

    async def stats(self, room: str) -> dict[str, PeerStats]:
        """MediaEngine.stats."""
        if room not in self._rooms:
            return {}
        figures = await self._rooms[room].do("stats", room=room)
        for peer in figures.values():
            peer["tracks"] = {kind: TrackStats(**track) for kind, track in peer["tracks"].items()}
        return {name: PeerStats(**peer) for name, peer in figures.items()}

    async def close(self) -> None:
        """MediaEngine.close."""
        self._closing = True
        await asyncio.gather(*(worker.close() for worker in self.workers))
        await self._spare.close()

    def _load(self, worker: WatchedWorker) -> tuple[bool, float]:
        rooms = sum(home is worker for home in self._rooms.values())
        return not worker.healthy, worker.busy + rooms * EXPECTED_OF_A_ROOM

    def _lost(self, worker: WatchedWorker) -> None:
        """The rooms of a dead worker: back to it if it has been replaced, else to the others, if one of them lives."""
        if not any(each.healthy for each in self.workers):
            return
        lost = [room for room, home in self._rooms.items() if home is worker]
        if not worker.healthy:
            for room in lost:
                del self._rooms[room]
        if lost:
            self._deliver(EngineRestarted(tuple(sorted(lost))))

    def _deliver(self, event: MediaEvent) -> None:
        if self._closing:
            return
        try:
            self._on_event(event)
        except Exception:
            log.exception("media event handler failed")


async def create_engine(address: str, port: int, on_event: OnEvent, workers: int = 1) -> EmbeddedEngine:
    """Start the embedded engine. `address` is announced to browsers; the workers take the UDP ports from `port` on,
    port 0 takes any free ones.

    Raises EngineDown with the reason when a worker can't start (port taken, library of another version).
    """
    engine = EmbeddedEngine(address, port, on_event, workers)
    await engine.start()
    return engine
