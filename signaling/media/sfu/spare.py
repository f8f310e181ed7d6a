"""One worker process kept warm, whichever worker dies first: starting Python and its libraries takes a second."""

from __future__ import annotations

import asyncio
import contextlib

from signaling.media.sfu.process import WorkerProcess

PREPARED_AFTER = 3.0


class Spare:
    """At most one process of `program` that waits for its port."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._starting: asyncio.Future[WorkerProcess] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def prepare(self) -> None:
        """Start one a little later, when those who wait for their media have been served."""
        if self._starting is None:
            self._cancel_timer()
            self._timer = asyncio.get_running_loop().call_later(PREPARED_AFTER, self._spawn)

    def _spawn(self) -> None:
        self._starting = asyncio.ensure_future(WorkerProcess.spawn(self._program))

    async def take(self) -> WorkerProcess:
        """The process that waits, even if it is just being started; if there is none, a new one."""
        return await self._taken() or await WorkerProcess.spawn(self._program)

    async def _taken(self) -> WorkerProcess | None:
        self._cancel_timer()
        starting, self._starting = self._starting, None
        if starting is None:
            return None
        with contextlib.suppress(OSError):
            return await starting
        return None

    async def close(self) -> None:
        """End it."""
        process = await self._taken()
        if process:
            await process.stop()

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
