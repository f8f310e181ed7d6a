"""Fixtures: `postgres_url`, a fresh database with all tables per test; `empty_postgres_url`, one without."""

import asyncio
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.services.postgres_server import PostgresServer, find_binaries, start_server
from tests.services.programs import missing

_TEMPLATE = "with_tables"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole run; ended with it."""
    binaries = find_binaries()
    if binaries is None:
        missing("postgresql")
    server = start_server(binaries)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Name of a database that holds all tables and no rows; copied for each test."""
    postgres_server.sql(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
    # In a thread of its own, since the loop of this thread belongs to the tests.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, _create_tables(postgres_server.url(_TEMPLATE))).result()
    return _TEMPLATE


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """URL of a database of this test alone, with all tables."""
    yield from _fresh(postgres_server, postgres_template)


@pytest.fixture
def empty_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of a database of this test alone, without tables: for migrations."""
    yield from _fresh(postgres_server, "template0")


def _fresh(server: PostgresServer, template: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    server.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.url(name)
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


async def _create_tables(url: str) -> None:
    from mediation.db import Database

    database = Database(url)
    await database.create_tables()
    await database.close()
