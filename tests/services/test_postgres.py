"""The database server of the tests is real, fresh for each test, and ours to end."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.services.postgres_server import PostgresServer, find_binaries, start_server
from tests.services.programs import missing

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_each_test_has_its_own_database(empty_postgres_url: str, turn: str) -> None:
    engine = create_async_engine(empty_postgres_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE only_once (word text)"))
        await connection.execute(text("INSERT INTO only_once VALUES ('探视')"))
        assert (await connection.execute(text("SELECT word FROM only_once"))).scalars().all() == ["探视"]
    await engine.dispose()


async def test_tables_are_there(postgres_url: str) -> None:
    from mediation.db import Base

    engine = create_async_engine(postgres_url)
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        assert set(rows.scalars()) == set(Base.metadata.tables)
    await engine.dispose()


def test_stopping_ends_the_process_and_removes_the_cluster() -> None:
    binaries = find_binaries()
    if binaries is None:
        missing("postgresql")
    server: PostgresServer = start_server(binaries)
    server.stop()
    assert server.process.returncode == 0
    assert not server.folder.exists()


async def test_the_server_listens_on_no_network_port(postgres_server: PostgresServer) -> None:
    connection = await asyncpg.connect(host=str(postgres_server.folder), user="postgres", database="postgres")
    try:
        assert await connection.fetchval("SHOW listen_addresses") == ""
    finally:
        await connection.close()
