"""Both engines, made ready for one suite."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from signaling.media.engine import MediaEngine
from tests.media.contract.ground import ENGINES, Ground, ground_of
from tests.media.hall import Hall


@pytest.fixture(scope="session", params=ENGINES)
def kind(request: pytest.FixtureRequest) -> str:
    """Which engine."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="session")
def address(kind: str, request: pytest.FixtureRequest) -> str:
    """Where people of this engine send from; Janus answers nobody but those on its own interface."""
    return request.getfixturevalue("janus_address") if kind == "janus" else ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(kind: str, address: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """One engine for all tests of a module, each in a room of its own."""
    async with ground_of(kind, address, tmp_path_factory.mktemp(kind)) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def hall(ground: Ground) -> AsyncIterator[Hall[MediaEngine]]:
    """A room of its own in it."""
    made = ground.hall()
    yield made
    await made.leave()
