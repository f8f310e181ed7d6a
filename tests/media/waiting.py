"""Waiting for something to become true."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable


async def until(true: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until `true()`; fail after `within` seconds, and with what a test machine takes longer."""
    within *= slack()
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < within, "waited in vain"
        await asyncio.sleep(0.01)


def slack() -> float:
    """How much longer than promised things may take here: a test machine is slow, has other work, and its average load is
    that of the last minute. Speed is measured by `make bench`."""
    return max(3.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))
