"""What is done in a room without anybody waiting for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from signaling.media.engine import EngineDown
from signaling.media.janus.wire import Refused

Work = Coroutine[Any, Any, None]

log = logging.getLogger(__name__)


class Background:
    """Work that can't be done is as bad as a command that isn't confirmed: `give_up` is called."""

    def __init__(self, give_up: Callable[[], None]) -> None:
        self._give_up = give_up
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Work) -> None:
        """Begin to do this."""
        task = asyncio.create_task(self._done_or_given_up(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _done_or_given_up(self, work: Work) -> None:
        try:
            await work
        except (EngineDown, Refused) as reason:
            log.warning("what must be done in a room could not be done: %s", reason)
            self._give_up()
