"""The demo's accounts where others can reach the server: there are none, also in a database that holds the demo."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.accounts.passwords import matches
from mediation.accounts.staff import resume, suspend
from mediation.actor import SYSTEM, Actor
from mediation.config import Settings
from mediation.db import Database
from mediation.demo.telling import passwords_file


async def rest(database: Database, settings: Settings) -> None:
    """Suspend the accounts of an earlier demo; those that were given another password are somebody's own by now."""
    await _move(database, passwords_file(settings), _resting_file(settings), suspend)


async def wake(database: Database, settings: Settings) -> None:
    """Let the accounts that `rest` suspended be used again."""
    await _move(database, _resting_file(settings), passwords_file(settings), resume)


async def _move(
    database: Database, here: Path, there: Path, verb: Callable[[AsyncSession, Actor, str], Awaitable[None]]
) -> None:
    if not here.exists():
        return
    passwords: dict[str, str] = json.loads(here.read_text())

    async def unit(db: AsyncSession) -> None:
        async for staff in _still_the_demos(db, passwords):
            if (staff.suspended_at is None) is (verb is suspend):
                await verb(db, SYSTEM, staff.id)

    await database.write(unit)
    here.replace(there)


async def _still_the_demos(db: AsyncSession, passwords: dict[str, str]) -> AsyncIterator[Staff]:
    for staff in (await db.scalars(select(Staff).where(Staff.username.in_(passwords)))).all():
        if await matches(staff.password_hash, passwords[staff.username]):
            yield staff


def _resting_file(settings: Settings) -> Path:
    return passwords_file(settings).with_suffix(".resting.json")
