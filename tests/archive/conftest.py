"""A closed case with a recording, and what the tests need of the machine."""

import pytest

from mediation.config import Settings
from mediation.db import Database
from mediation.recordings.filing import file_parts
from tests.archive.shelf import Shelf, shelve
from tests.services.programs import chromium_path
from tests.story import Story

__all__ = ["chromium_path"]


@pytest.fixture
async def shelf(sqlite: Database, story: Story, settings: Settings) -> Shelf:
    """On SQLite, its files looked through."""
    made = await shelve(sqlite, story, settings)
    await file_parts(sqlite, settings)
    return made
