"""Fixtures that every test may use: settings, a database (each test runs on SQLite and on PostgreSQL), the story, a client."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import expect

from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from tests.story import Story, tell

expect.set_options(timeout=20_000)  # a busy test machine is slow at times

pytest_plugins = ["tests.services.janus", "tests.services.postgres", "tests.services.sqlite", "tests.sharing"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a workstation of this test alone."""
    return Settings(data_dir=tmp_path, port=0, media_port=0, public_url="http://127.0.0.1:8080")


@pytest.fixture
async def sqlite(settings: Settings, sqlite_with_tables: Path) -> AsyncIterator[Database]:
    """The embedded database, with all tables."""
    shutil.copy(sqlite_with_tables, settings.data_dir)
    database = Database(settings.database, settings.keys)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """Both databases, one after the other."""
    settings: Settings = request.getfixturevalue("settings")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_with_tables"), settings.data_dir)
        database = Database(settings.database, settings.keys)
    else:
        database = Database(request.getfixturevalue("postgres_url"), settings.keys)
    yield database
    await database.close()


@pytest.fixture
async def story(sqlite: Database) -> Story:
    """The people and the case of `story.py`, on SQLite."""
    return await tell(sqlite)


@pytest.fixture
async def story_on(database: Database) -> tuple[Database, Story]:
    """The same on both databases."""
    return database, await tell(database)


Client = TestClient  # type: ignore[type-arg]


@pytest.fixture
async def client_for(
    settings: Settings, sqlite: Database, story: Story
) -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    """`await client_for()` is a browser without cookies; `await client_for(login=story.mediator)` one that is logged in;
    `await client_for(way=story.mother)` one in which that participant's link was redeemed."""
    app = create_app(settings, database=sqlite, with_calls=False)
    server = TestServer(app)
    await server.start_server()
    clients: list[Client] = []

    async def client(login: object = None, way: object = None) -> Client:
        origin = {"Origin": str(server.make_url("/")).rstrip("/")}
        browser: Client = TestClient(server, headers=origin)
        await browser.start_server()
        clients.append(browser)
        if login is not None:
            browser.session.cookie_jar.update_cookies(
                {"login": await story.log_in(sqlite, login)}, server.make_url("/")
            )
        if way is not None:
            name, value = await story.redeem(sqlite, way)
            browser.session.cookie_jar.update_cookies({name: value}, server.make_url("/"))
        return browser

    yield client
    for browser in clients:
        await browser.close()
    await server.close()
