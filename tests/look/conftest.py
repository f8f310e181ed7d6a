"""What the tests of the look need of the machine, and one browser for the tests of a file."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.look.browsing import Gallery, browsing
from tests.services.programs import chromium_path

__all__ = ["chromium_path"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_gallery(chromium_path: str) -> AsyncIterator[Gallery]:
    """The example pages and a browser."""
    async with browsing(chromium_path) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def gallery(shared_gallery: Gallery) -> AsyncIterator[Gallery]:
    """The same, with nothing open that another test left."""
    yield shared_gallery
    await shared_gallery.forget()
