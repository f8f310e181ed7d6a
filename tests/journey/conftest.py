"""Fixtures of the journeys: the real program with its demo, real browsers with clips of their own."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.clips import LOOKS, Clip, make_clip
from tests.journey.play import Play
from tests.services.workstation import start_workstation

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    """Everybody's clip."""
    folder: Path = tmp_path_factory.mktemp("clips")
    return {name: make_clip(folder, name) for name in LOOKS}


@pytest.fixture
def configured() -> dict[str, str]:
    """Settings of the workstation, besides those of every journey."""
    return {}


@pytest.fixture
async def play(tmp_path: Path, clips: dict[str, Clip], configured: dict[str, str]) -> AsyncIterator[Play]:
    """A workstation that has just told its demo; its browsers are closed and its processes ended afterwards."""
    command = [sys.executable, "-m", "mediation", "serve"]
    station = start_workstation(command, tmp_path, {"PYTHONPATH": str(ROOT), **configured}, wait=120)
    try:
        async with async_playwright() as playwright, AsyncExitStack() as stack:
            made = Play(station, tmp_path / "data", playwright, clips, stack)
            made.read_demo()
            yield made
    finally:
        station.stop()
