"""One worker as the application sees it: a port that is served by a living process, or soon again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any

from signaling.media.engine import EngineDown, OnEvent
from signaling.media.sfu.process import WorkerProcess
from signaling.media.sfu.spare import Spare

PING_EVERY = 1.0
PATIENCE = 5.0
RESTART_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0)

log = logging.getLogger(__name__)


class WatchedWorker:
    """`busy` is the share of one core that it used lately. `on_lost` is told whenever its rooms need a home:
    when another process has taken its port, and when that failed for now."""

    def __init__(
        self, address: str, port: int, spare: Spare, on_event: OnEvent, on_lost: Callable[[WatchedWorker], None]
    ) -> None:
        self.port = port
        self.busy = 0.0
        self._address = address
        self._spare = spare
        self._on_event, self._on_lost = on_event, on_lost
        self._process: WorkerProcess | None = None
        self._used: tuple[float, float] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Whether its process is running and answering."""
        return self._process is not None and not self._process.ended.is_set()

    @property
    def pid(self) -> int | None:
        """The process id, None while there is none."""
        return self._process.pid if self._process and self.healthy else None

    @property
    def compiled(self) -> bool:
        """Whether its process runs machine code (sfu/compiled)."""
        return self._process is not None and self._process.compiled

    async def start(self) -> None:
        """Open the port and begin to watch. Raises EngineDown."""
        await self._open()
        self._task = asyncio.create_task(self._watch())

    async def do(self, command: str, **arguments: object) -> Any:
        """Give a command. A process that doesn't confirm in time is killed: it may forward by old lists."""
        process = self._process
        if process is None or process.ended.is_set():
            raise EngineDown("media worker is being replaced")
        try:
            async with asyncio.timeout(PATIENCE):
                return await process.do(command, **arguments)
        except TimeoutError:
            await process.kill()
            raise EngineDown("media worker did not answer") from None

    async def close(self) -> None:
        """End the process, for good."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._process:
            await self._process.stop()
            self._process = None

    async def _open(self) -> None:
        """Have the spare open the port, or else a new process; then prepare another spare."""
        process = await self._spare.take()
        await process.open(self._address, self.port)
        self._process, self.port = process, process.port
        self.busy, self._used = 0.0, None
        log.info("media worker on port %d: %s", self.port, "compiled" if self.compiled else "interpreted")
        self._spare.prepare()

    async def _watch(self) -> None:
        """Serve the process while it lives, then replace it, until cancelled."""
        while process := self._process:
            reading = asyncio.create_task(process.listen_to(self._on_event))
            try:
                await self._until_dead(process)
            finally:
                reading.cancel()
            log.warning("media worker on port %d ended; starting another", self.port)
            await process.kill()
            await self._replace()

    async def _until_dead(self, process: WorkerProcess) -> None:
        while await self._answers(process):
            with contextlib.suppress(TimeoutError):
                # Not wait_for: before Python 3.12 it may swallow the cancellation that ends this task.
                async with asyncio.timeout(PING_EVERY):
                    await process.ended.wait()

    async def _answers(self, process: WorkerProcess) -> bool:
        try:
            async with asyncio.timeout(PATIENCE):
                self._note(await process.do("ping"), time.monotonic())
        except (TimeoutError, EngineDown):
            return False
        return True

    def _note(self, used: float, now: float) -> None:
        """Take the CPU seconds that the process has used so far."""
        if self._used:
            before, at = self._used
            self.busy = (used - before) / max(now - at, 0.001)
        self._used = used, now

    async def _replace(self) -> None:
        for attempt in range(1_000_000):
            await asyncio.sleep(RESTART_PAUSES[min(attempt, len(RESTART_PAUSES) - 1)])
            try:
                await self._open()
            except EngineDown as reason:
                log.error("media worker on port %d did not start: %s", self.port, reason)
                self._on_lost(self)
                continue
            self._on_lost(self)
            return
