"""The story's session while it is held."""

import pytest

from mediation.db import Database
from tests.live.hall import Hall
from tests.services.programs import chromium_path
from tests.story import Story

__all__ = ["chromium_path"]


@pytest.fixture
async def hall(story_on: tuple[Database, Story]) -> Hall:
    """On both databases, before anybody came; both parties have agreed to talk online."""
    hall = Hall(*story_on)
    await hall.consent("mother", "father")
    return hall


@pytest.fixture
async def small_hall(sqlite: Database, story: Story) -> Hall:
    """On SQLite alone, for what does not depend on the database."""
    hall = Hall(sqlite, story)
    await hall.consent("mother", "father")
    return hall
