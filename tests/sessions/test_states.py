"""Start and end a session, on both databases."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from mediation import clock
from mediation.db import Database
from mediation.errors import Conflict, NotAllowed, NotFound
from mediation.journal.models import JournalEntry
from mediation.sessions.models import MediationSession, SessionKind, SessionState, TimeClaim
from mediation.sessions.states import end, start
from tests.story import Member, Story

StoryOn = tuple[Database, Story]


async def claims(database: Database) -> int:
    async with database.read() as db:
        return await db.scalar(select(func.count()).select_from(TimeClaim)) or 0


async def test_start_then_end_gives_the_rest_of_the_time_back(story_on: StoryOn) -> None:
    database, story = story_on
    told: set[tuple[str, str]] = set()
    database.on_touched(told.update)
    mediator = story.mediator.actor()
    before = clock.now()
    started = await database.write(lambda db: start(db, mediator, story.session.id))
    assert (started.state, started.revision) == (SessionState.LIVE, 1)
    assert started.started_at is not None
    assert started.started_at >= before
    assert await claims(database) == 5 * 4

    with clock.shifted(story.session.starts_at - clock.now() + timedelta(minutes=20)):
        ended = await database.write(lambda db: end(db, mediator, story.session.id))
    assert (ended.state, ended.revision) == (SessionState.ENDED, 2)
    assert await claims(database) == 5 * 2, "two of four quarter-hours had begun"
    assert told == {("session", story.session.id)}
    async with database.read() as db:
        actions = (await db.scalars(select(JournalEntry.action).order_by(JournalEntry.seq))).all()
    assert actions == ["session_started", "session_ended"]


@pytest.mark.parametrize(("verb", "code"), [(start, "session_live"), (end, "session_booked")])
async def test_a_refused_move_changes_nothing(
    story_on: StoryOn, verb: Callable[..., Awaitable[MediationSession]], code: str
) -> None:
    database, story = story_on
    mediator = story.mediator.actor()
    if verb is start:
        await database.write(lambda db: start(db, mediator, story.session.id))
    with pytest.raises(Conflict) as refused:
        await database.write(lambda db: verb(db, mediator, story.session.id))
    assert refused.value.code == code
    async with database.read() as db:
        session = await db.get_one(MediationSession, story.session.id)
    assert session.state is (SessionState.LIVE if verb is start else SessionState.BOOKED)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("judge", NotAllowed),
        ("worker", NotAllowed),
        ("archivist", NotAllowed),
        ("admin", NotAllowed),
        ("stranger", NotFound),
    ],
)
async def test_only_a_mediator_of_the_case_starts_a_mediation(
    story_on: StoryOn, who: str, error: type[Exception]
) -> None:
    database, story = story_on
    member: Member = getattr(story, who)
    with pytest.raises(error):
        await database.write(lambda db: start(db, member.actor(), story.session.id))


async def test_the_judge_starts_a_consultation(story_on: StoryOn) -> None:
    database, story = story_on

    async def unit(db):  # type: ignore[no-untyped-def]
        (await db.get_one(MediationSession, story.session.id)).kind = SessionKind.CONSULTATION

    await database.write(unit)
    session = await database.write(lambda db: start(db, story.judge.actor(), story.session.id))
    assert session.state is SessionState.LIVE
