"""Fixtures of the media tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Playwright, async_playwright

from signaling.media.sfu import EmbeddedEngine
from tests.clips import LOOKS, Clip, make_clip
from tests.media.stage import Stage, embedded


@pytest.fixture
async def stage() -> AsyncIterator[Stage[EmbeddedEngine]]:
    """An engine with its web pages."""
    made = Stage(embedded)
    await made.open()
    yield made
    await made.close()


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    """Everybody's clip."""
    folder: Path = tmp_path_factory.mktemp("clips")
    return {name: make_clip(folder, name) for name in LOOKS}


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    """Playwright's driver."""
    async with async_playwright() as made:
        yield made
