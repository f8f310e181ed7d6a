"""What is told only once, that a connection ended, is written down even if the database is away at that moment."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

AGAIN = 2.0  # seconds between two attempts
ATTEMPTS = 300  # ten minutes; who restarts a database needs less
log = logging.getLogger(__name__)


async def until_written(what: str, write: Callable[[], Awaitable[object]]) -> None:
    """Call `write` until it succeeds. Raises what the last attempt raised."""
    for attempt in range(ATTEMPTS):
        try:
            await write()
            return
        except Exception as error:
            if attempt == ATTEMPTS - 1:
                raise
            log.warning("%s could not be written (%s); tried again", what, type(error).__name__)
            await asyncio.sleep(AGAIN)
