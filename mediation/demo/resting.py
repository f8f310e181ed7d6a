"""The demo's accounts where others can reach the server: there are none, also in a database that holds the demo."""

import json
from collections.abc import Awaitable, Callable
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

Verb = Callable[[AsyncSession, Actor, str], Awaitable[None]]


async def rest(database: Database, settings: Settings) -> None:
    """Suspend the accounts of an earlier demo; those that were given another password are somebody's own by now."""
    if passwords := _read(passwords_file(settings)):
        await database.write(lambda db: _each(db, passwords, suspend))
        _rename(passwords_file(settings), _resting_file(settings))


async def wake(database: Database, settings: Settings) -> None:
    """Let the accounts that `rest` suspended be used again."""
    if passwords := _read(_resting_file(settings)):
        await database.write(lambda db: _each(db, passwords, resume))
        _rename(_resting_file(settings), passwords_file(settings))


async def _each(db: AsyncSession, passwords: dict[str, str], verb: Verb) -> None:
    for staff in (await db.scalars(select(Staff).where(Staff.username.in_(passwords)))).all():
        still_the_demos = await matches(staff.password_hash, passwords[staff.username])
        if still_the_demos and (staff.suspended_at is None) is (verb is suspend):
            await verb(db, SYSTEM, staff.id)


def _resting_file(settings: Settings) -> Path:
    return passwords_file(settings).with_suffix(".resting.json")


def _read(path: Path) -> dict[str, str]:
    passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return passwords


def _rename(path: Path, other: Path) -> None:
    path.replace(other)
