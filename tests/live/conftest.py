"""The story's session while it is held."""

import pytest

from mediation.db import Database
from tests.live.hall import Hall
from tests.story import Story


@pytest.fixture
async def hall(story_on: tuple[Database, Story]) -> Hall:
    """On both databases, before anybody came."""
    return Hall(*story_on)


@pytest.fixture
async def small_hall(sqlite: Database, story: Story) -> Hall:
    """On SQLite alone, for what does not depend on the database."""
    return Hall(sqlite, story)
