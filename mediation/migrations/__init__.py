"""Bring a database to the newest schema. `python -m mediation.migrations new "what changes"` writes the next step."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from mediation.db import Database

FOLDER = Path(__file__).parent


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for an open connection; there is no file to keep."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Database, to: str = "head") -> None:
    """Run the steps that are missing, all in one transaction: a start that is killed meanwhile changes nothing."""
    async with database.engine.begin() as connection:
        if database.is_sqlite:  # its driver begins no transaction by itself, and each statement would stay
            await connection.execute(text("BEGIN IMMEDIATE"))
        await connection.run_sync(lambda sync: command.upgrade(configuration(sync), to))


async def write_step(database: Database, what: str) -> None:
    """Compare the models with an upgraded database and write the difference as a new step."""
    await upgrade(database)
    number = f"{len(list((FOLDER / 'versions').glob('*.py'))) + 1:04d}"
    async with database.engine.connect() as connection:
        await connection.run_sync(
            lambda sync: command.revision(configuration(sync), what, autogenerate=True, rev_id=number)
        )


def write_first(folder: Path, what: str) -> None:
    """For the command line: an empty embedded database in `folder` is upgraded and compared."""
    asyncio.run(write_step(Database(f"sqlite+aiosqlite:///{folder / 'compare.db'}"), what))
