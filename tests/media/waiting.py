"""Waiting for something to become true."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


async def until(true: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until `true()`; fail after `within` seconds."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < within, "waited in vain"
        await asyncio.sleep(0.01)
