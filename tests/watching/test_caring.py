"""Who sees which running session, and who takes care of an alert, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.clock import now
from mediation.db import Database
from mediation.errors import MediationError
from mediation.journal.models import JournalEntry
from mediation.live import connections
from mediation.live.kinds import Ending
from mediation.live.models import Seat
from mediation.sessions.models import SessionState
from mediation.watching.caring import take_care
from mediation.watching.figures import NoFigures
from mediation.watching.kinds import AlertKind
from mediation.watching.models import Care
from mediation.watching.queries import Running, running
from tests.live.hall import Hall
from tests.story import Story


@pytest.fixture
async def hall(story_on: tuple[Database, Story]) -> Hall:
    """The session runs; the mother has waited unknown for half an hour, nobody else came."""
    hall = Hall(*story_on)
    await hall.consent("mother")
    await hall.come("mediator", "mother")
    await hall.set_session(state=SessionState.LIVE, starts_at=now() - timedelta(minutes=30), started_at=now())

    async def unit(db: AsyncSession) -> None:
        await db.execute(update(Seat).values(since=now() - timedelta(minutes=30)))
        for name in ("mediator", "mother"):
            await connections.began(db, hall.session, hall.ids[name], Ending.BROKEN_OFF)

    await hall.database.write(unit)
    return hall


async def seen(hall: Hall, actor: StaffActor) -> list[Running]:
    async with hall.database.read() as db:
        return await running(db, actor, NoFigures(), now())


async def take(hall: Hall, actor: StaffActor, participant: str = "mother") -> None:
    since = now() - timedelta(minutes=20)
    ident = hall.ids.get(participant, participant)
    await hall.database.write(lambda db: take_care(db, actor, hall.session, AlertKind.UNVERIFIED, ident, since))


async def refused(hall: Hall, actor: StaffActor, participant: str = "mother") -> str:
    with pytest.raises(MediationError) as refusal:
        await take(hall, actor, participant)
    return refusal.value.code


async def test_one_takes_care_and_all_see_it(hall: Hall) -> None:
    story = hall.story
    (before,) = await seen(hall, story.admin.actor())
    (warned,) = before.warnings
    assert (warned.alert.kind, warned.participant.id, warned.by) == (AlertKind.UNVERIFIED, hall.ids["mother"], "")
    await take(hall, story.worker.actor())
    await take(hall, story.mediator.actor())  # the first one goes on doing it
    for actor in (story.mediator.actor(), story.worker.actor(), story.admin.actor()):
        (each,) = await seen(hall, actor)
        (warned,) = each.warnings
        assert warned.by == "周老师"
        assert warned.taken_at is not None
    async with hall.database.read() as db:
        assert len((await db.scalars(select(Care))).all()) == 1
        entry = (await db.scalars(select(JournalEntry).where(JournalEntry.action == "alert_taken"))).one()
    assert (entry.actor, entry.case_id) == (story.worker.actor().key, story.case.id)
    assert entry.data == {"kind": "unverified", "participant": hall.ids["mother"]}


async def test_who_may_not(hall: Hall) -> None:
    story = hall.story
    assert await seen(hall, story.stranger.actor()) == []
    assert await refused(hall, story.stranger.actor()) == "case_not_found"
    for member in (story.judge, story.archivist):
        assert await refused(hall, member.actor()) == "not_allowed"
        with pytest.raises(MediationError, match="not_allowed"):
            await seen(hall, member.actor())
    assert await refused(hall, story.worker.actor(), "0123456789abcdef") == "participant_not_found"
    async with hall.database.read() as db:
        assert (await db.scalars(select(Care))).all() == []


async def test_which_sessions_are_running(hall: Hall) -> None:
    actor = hall.story.worker.actor()
    await hall.set_session(state=SessionState.BOOKED)
    assert len(await seen(hall, actor)) == 1, "somebody waits"
    await hall.database.write(connections.server_restarted)
    assert await seen(hall, actor) == []
    await hall.set_session(state=SessionState.LIVE)
    assert len(await seen(hall, actor)) == 1, "it runs, though nobody is connected"
    await hall.over()
    assert await seen(hall, actor) == []
