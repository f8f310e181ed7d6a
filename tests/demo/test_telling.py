"""The demo tells its story once, and has a session for today at every start."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.login import log_in
from mediation.cases.models import CaseFile
from mediation.clock import now, shifted
from mediation.config import Settings
from mediation.db import Database
from mediation.demo.showing import contents
from mediation.demo.telling import acting, passwords_file, tell
from mediation.people.models import Person, ProtectedPair
from mediation.scheduling.booking import cancel
from mediation.sessions.models import MediationSession, Mode, SessionState


@pytest.fixture
async def told(database: Database, settings: Settings) -> Database:
    """A database in which the demo was told at a first start."""
    await tell(database, settings)
    return database


async def _sessions(database: Database, state: SessionState = SessionState.BOOKED) -> list[MediationSession]:
    async with database.read() as db:
        found = select(MediationSession).where(MediationSession.state == state)
        return list(await db.scalars(found.order_by(MediationSession.starts_at)))


async def _count(database: Database, table: type[Person] | type[CaseFile]) -> int:
    async with database.read() as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def test_a_second_start_tells_nothing_twice(told: Database, settings: Settings) -> None:
    people, cases = await _count(told, Person), await _count(told, CaseFile)
    before = [session.id for session in await _sessions(told)]
    await tell(told, settings)
    assert (await _count(told, Person), await _count(told, CaseFile)) == (people, cases)
    assert [session.id for session in await _sessions(told)] == before


async def test_each_start_has_a_session_that_can_be_entered_now(told: Database, settings: Settings) -> None:
    first = (await _sessions(told))[0]
    assert timedelta(0) < first.starts_at - now() <= timedelta(minutes=15)
    mediator = "pan"

    async def unit(db: AsyncSession) -> None:
        await cancel(db, await acting(db, mediator), first.id, "换一天")

    await told.write(unit)
    await tell(told, settings)
    second = (await _sessions(told))[0]
    assert second.id != first.id
    with shifted(timedelta(days=3)):
        await tell(told, settings)
        third = max(await _sessions(told), key=lambda session: session.starts_at)
        assert timedelta(0) < third.starts_at - now() <= timedelta(minutes=15)


@pytest.mark.parametrize(
    ("first", "again"),
    [("09:00", ["09:50", "33:00", "37:35", "38:20"]), ("14:20", ["38:20"]), ("23:44", ["23:46", "23:59", "24:01"])],
)
async def test_whenever_it_starts_there_is_a_session_to_come(
    database: Database, settings: Settings, first: str, again: list[str]
) -> None:
    """Hours of one day in the site's zone: when others are expected elsewhere, and around midnight."""
    midnight = now().astimezone(settings.zone).replace(hour=0, minute=0, second=5, microsecond=0) + timedelta(days=1)
    for clock in (first, *again):
        hours, minutes = map(int, clock.split(":"))
        with shifted(midnight + timedelta(hours=hours, minutes=minutes) - now()):
            await tell(database, settings)
            async with database.read() as db:
                held = await contents(db, settings)
            starts_at = datetime.fromisoformat(held["session"]["starts_at"])
            assert starts_at - now() <= timedelta(hours=1), clock
            assert starts_at + timedelta(hours=1) - now() > timedelta(minutes=20), clock


async def test_the_second_case_is_protected_and_only_back_to_back(told: Database) -> None:
    async with told.read() as db:
        assert await db.scalar(select(func.count()).select_from(ProtectedPair)) == 1
    assert [session.mode for session in await _sessions(told)] == [Mode.JOINT, Mode.SHUTTLE]


async def test_the_printed_logins_work_and_lie_where_only_the_owner_reads(told: Database, settings: Settings) -> None:
    assert passwords_file(settings).stat().st_mode & 0o777 == 0o600
    async with told.read() as db:
        held = await contents(db, settings)
    assert json.loads(json.dumps(held)) == held
    assert set(held["staff"]) == {"mediator", "judge", "federation", "archivist", "admin"}
    login = held["staff"]["mediator"]
    assert await log_in(told, login["username"], login["password"])
    links = {each["role"]: each["link"] for each in held["session"]["participants"]}
    assert set(links) == {"applicant", "respondent", "mediator", "federation"}
    assert "#" in links["applicant"]
    assert "#" not in links["mediator"]
