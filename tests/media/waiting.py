"""Waiting for something to become true."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable


async def until(true: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until `true()`; fail after `within` seconds."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < within, "waited in vain"
        await asyncio.sleep(0.01)


def slack() -> float:
    """How much longer things may take because this machine has more to do than it has processors; 1 when it hasn't."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
