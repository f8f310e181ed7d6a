"""Work that happens by itself: each job runs in its own task, again and again, and survives its own failures."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

Job = Callable[[web.Application], Awaitable[None]]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Every:
    """A job and the pause, in seconds, between two of its runs."""

    seconds: float
    job: Job


def run_jobs(jobs: list[Every]) -> Callable[[web.Application], AsyncIterator[None]]:
    """A cleanup context that runs the jobs while the application lives."""

    async def context(app: web.Application) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(_again_and_again(app, each), name=each.job.__name__) for each in jobs]
        yield
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    return context


async def _again_and_again(app: web.Application, every: Every) -> None:
    while True:
        try:
            await every.job(app)
        except Exception:
            log.exception("job %s failed; it runs again in %s s", every.job.__name__, every.seconds)
        await asyncio.sleep(every.seconds)
