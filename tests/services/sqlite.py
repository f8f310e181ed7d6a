"""Fixture: `sqlite_with_tables`, a database file with all tables and no rows; copied for each test."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mediation.config import Settings
from mediation.db import Database


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file; nobody has it open."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("tables"))
    # In a thread of its own, since the loop of this thread belongs to the tests.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _create_tables(settings)).result()
    return settings.data_dir / "mediation.db"


async def _create_tables(settings: Settings) -> None:
    database = Database(settings.database, settings.keys)
    await database.create_tables()
    await database.close()
