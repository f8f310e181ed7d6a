"""The embedded engine as the application sees it: a MediaEngine whose worker is watched and replaced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping
from typing import Any

from signaling.media.engine import EngineDown, EngineRestarted, MediaEngine, MediaEvent, OnEvent, PeerStats, TrackStats
from signaling.media.sfu.process import WorkerProcess

PING_EVERY = 1.0
PATIENCE = 5.0
SPARE_AFTER = 3.0
RESTART_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0)

log = logging.getLogger(__name__)


class EmbeddedEngine(MediaEngine):
    """One worker on one UDP port. Made by create_engine."""

    def __init__(self, address: str, port: int, on_event: OnEvent) -> None:
        self._address, self.port = address, port
        self._on_event = on_event
        self._rooms: set[str] = set()
        self._worker: WorkerProcess | None = None
        self._spare: asyncio.Future[WorkerProcess] | None = None
        self._spare_timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether a worker is running and answering."""
        return self._worker is not None and not self._worker.ended.is_set()

    @property
    def worker_pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        return self._worker.pid if self._worker and self.healthy else None

    async def start(self) -> None:
        """Start the worker and the watch over it. Raises EngineDown."""
        self._worker = await self._opened()
        self.port = self._worker.port
        self._task = asyncio.create_task(self._watch())

    async def answer(self, room: str, peer: str, offer: str) -> str:
        """MediaEngine.answer."""
        answer: str = await self._do("answer", room=room, peer=peer, offer=offer)
        self._rooms.add(room)
        return answer

    async def listen(self, room: str, lists: Mapping[str, Collection[str]]) -> None:
        """MediaEngine.listen."""
        plain = {receiver: sorted(sources) for receiver, sources in lists.items()}
        await self._do("listen", room=room, lists=plain)
        self._rooms.add(room)

    async def mute(self, room: str, peer: str, kinds: Collection[str]) -> None:
        """MediaEngine.mute."""
        await self._do("mute", room=room, peer=peer, kinds=sorted(kinds))

    async def close_peer(self, room: str, peer: str) -> None:
        """MediaEngine.close_peer."""
        await self._do("close_peer", room=room, peer=peer)

    async def close_room(self, room: str) -> None:
        """MediaEngine.close_room."""
        self._rooms.discard(room)
        await self._do("close_room", room=room)

    async def stats(self, room: str) -> dict[str, PeerStats]:
        """MediaEngine.stats."""
        figures = await self._do("stats", room=room)
        for peer in figures.values():
            peer["tracks"] = {kind: TrackStats(**track) for kind, track in peer["tracks"].items()}
        return {name: PeerStats(**peer) for name, peer in figures.items()}

    async def close(self) -> None:
        """MediaEngine.close."""
        self._closing = True
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for worker in (self._worker, await self._taken_spare()):
            if worker:
                await worker.stop()
        self._worker = None

    async def _do(self, command: str, **arguments: object) -> Any:
        """Give the worker a command. One that doesn't confirm in time is killed: it may forward by old lists."""
        worker = self._worker
        if worker is None or worker.ended.is_set():
            raise EngineDown("media worker is being replaced")
        try:
            async with asyncio.timeout(PATIENCE):
                return await worker.do(command, **arguments)
        except TimeoutError:
            await worker.kill()
            raise EngineDown("media worker did not answer") from None

    def _deliver(self, event: MediaEvent) -> None:
        if self._closing:
            return
        try:
            self._on_event(event)
        except Exception:
            log.exception("media event handler failed")

    async def _watch(self) -> None:
        """Serve the worker while it lives, then replace it, until the engine is closed."""
        while worker := self._worker:
            reading = asyncio.create_task(worker.listen_to(self._deliver))
            try:
                await self._until_dead(worker)
            finally:
                reading.cancel()
            log.warning("media worker ended; starting another")
            await worker.kill()
            await self._replace()

    async def _until_dead(self, worker: WorkerProcess) -> None:
        while await self._answers(worker):
            with contextlib.suppress(TimeoutError):
                # Not wait_for: before Python 3.12 it may swallow the cancellation that ends this task.
                async with asyncio.timeout(PING_EVERY):
                    await worker.ended.wait()

    async def _answers(self, worker: WorkerProcess) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                await worker.do("ping")
        except (TimeoutError, EngineDown):
            return False
        return True

    async def _opened(self) -> WorkerProcess:
        """A worker with its port open: the spare that waits for this, or else a new one; then another spare."""
        worker = await self._taken_spare() or await WorkerProcess.spawn()
        await worker.open(self._address, self.port)
        self._spare_timer = asyncio.get_running_loop().call_later(SPARE_AFTER, self._prepare_spare)
        return worker

    def _prepare_spare(self) -> None:
        self._spare = asyncio.ensure_future(WorkerProcess.spawn())

    async def _taken_spare(self) -> WorkerProcess | None:
        """The spare, even if it is just being started; None if it isn't time for one yet."""
        if self._spare_timer:
            self._spare_timer.cancel()
        spare, self._spare = self._spare, None
        if spare is None:
            return None
        with contextlib.suppress(OSError):
            return await spare
        return None

    async def _replace(self) -> None:
        lost, self._rooms = tuple(sorted(self._rooms)), set()
        for attempt in range(1_000_000):
            await asyncio.sleep(RESTART_PAUSES[min(attempt, len(RESTART_PAUSES) - 1)])
            try:
                self._worker = await self._opened()
            except EngineDown as reason:
                log.error("media worker did not start: %s", reason)
                continue
            self._deliver(EngineRestarted(lost))
            return


async def create_engine(address: str, port: int, on_event: OnEvent) -> EmbeddedEngine:
    """Start the embedded engine. `address` is announced to browsers, `port` 0 takes any free UDP port.

    Raises EngineDown with the reason when the worker can't start (port taken, library of another version).
    """
    engine = EmbeddedEngine(address, port, on_event)
    await engine.start()
    return engine
