"""The migrations lead to exactly the tables that the models describe, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import BatchOperations
from sqlalchemy import Connection, inspect, text

from mediation.config import Settings
from mediation.db import Base, Database
from mediation.migrations import upgrade
from mediation.migrations.tables import ALL


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def empty(request: pytest.FixtureRequest, settings: Settings) -> Database:
    """A database without tables."""
    if request.param == "sqlite":
        return Database(settings.database)
    return Database(request.getfixturevalue("empty_postgres_url"))


def _difference(connection: Connection) -> list[object]:
    ours = MigrationContext.configure(
        connection,
        opts={"compare_type": True, "include_name": lambda name, *_: not (name or "").startswith("archive_words")},
    )
    return list(compare_metadata(ours, Base.metadata))


async def test_an_upgraded_database_is_what_the_models_say(empty: Database) -> None:
    assert ALL
    await upgrade(empty)
    await upgrade(empty)  # a second start finds nothing to do
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(_difference) == []
        assert (await connection.execute(text("SELECT count(*) FROM archive_entry"))).scalar() == 0
    await empty.close()


async def test_an_upgrade_that_breaks_off_changes_nothing(empty: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tables() -> set[str]:
        async with empty.engine.connect() as connection:
            return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))

    await upgrade(empty, "0002")
    before, bulk = await tables(), BatchOperations.create_unique_constraint

    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(BatchOperations, "create_unique_constraint", killed)  # in the last step that was released
    with pytest.raises(KeyboardInterrupt):
        await upgrade(empty)
    monkeypatch.setattr(BatchOperations, "create_unique_constraint", bulk)
    assert await tables() == before
    await upgrade(empty)
    async with empty.engine.connect() as connection:
        assert await connection.run_sync(_difference) == []
    await empty.close()


async def test_the_index_of_words_is_migrated(settings: Settings) -> None:
    database = Database(settings.database)
    await upgrade(database)
    async with database.engine.connect() as connection:
        found = await connection.execute(text("SELECT name FROM sqlite_master WHERE name LIKE 'archive_words%'"))
        assert {"archive_words", "archive_words_insert", "archive_words_delete"} <= {row[0] for row in found}
    await database.close()
