"""Begin, find and end logins, on both databases."""

import asyncio
import time
from collections.abc import Collection
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.accounts.login import end_overdue_logins, log_in, log_out, resolve_staff, still_here
from mediation.accounts.models import Login, Staff
from mediation.accounts.passwords import hash_password
from mediation.accounts.staff import suspend
from mediation.actor import StaffActor
from mediation.config import Settings
from mediation.db import Database, Touch
from mediation.errors import Invalid
from mediation.journal.models import JournalEntry
from tests.story import PASSWORD, Member, Story

Told = tuple[Database, Story]


async def resolved(database: Database, settings: Settings, token: str) -> StaffActor | None:
    async with database.read() as db:
        return await resolve_staff(db, token, settings)


async def the_login(database: Database, token: str, settings: Settings) -> Login:
    actor = await resolved(database, settings, token)
    assert actor
    async with database.read() as db:
        return await db.get_one(Login, actor.login_id)


async def test_the_right_password_begins_a_login(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    token = await log_in(database, " PAN ", PASSWORD)
    actor = await resolved(database, settings, token)
    assert actor is not None
    assert (actor.staff_id, actor.roles, actor.name) == (
        story.mediator.staff.id,
        story.mediator.actor().roles,
        "潘调解员",
    )
    async with database.read() as db:
        login = await db.get_one(Login, actor.login_id)
        entries = (await db.scalars(select(JournalEntry.action))).all()
    assert token not in login.token_hash
    assert entries == ["logged_in"]


@pytest.mark.parametrize(
    ("username", "password"), [("pan", "wrong"), ("nobody", PASSWORD), ("zhou", PASSWORD), ("pan", "")]
)
async def test_unknown_suspended_and_wrong_get_the_same_answer(story_on: Told, username: str, password: str) -> None:
    database, story = story_on
    await database.write(lambda db: suspend(db, story.admin.actor(), story.worker.staff.id))
    with pytest.raises(Invalid) as refused:
        await log_in(database, username, password)
    assert (refused.value.code, refused.value.sentence) == ("wrong_login", "The name or the password is not right.")
    async with database.read() as db:
        last = await db.scalar(select(JournalEntry).order_by(JournalEntry.seq.desc()).limit(1))
        logins = (await db.scalars(select(Login))).all()
    assert last is not None
    assert (last.action, last.actor, last.data) == ("login_refused", "system", {})
    assert list(logins) == []


async def test_an_unknown_name_costs_the_same_work(sqlite: Database, story: Story) -> None:
    hashed = await hash_password(PASSWORD)

    async def unit(db: AsyncSession) -> None:
        (await db.get_one(Staff, story.mediator.staff.id)).password_hash = hashed

    await sqlite.write(unit)

    async def seconds(username: str) -> float:
        began = time.process_time()  # work, not waiting: the machine may be busy
        with pytest.raises(Invalid):
            await log_in(sqlite, username, "not the password")
        return time.process_time() - began

    await seconds("nobody")  # the first one makes nobody's hash
    known = min([await seconds("pan") for _ in range(3)])
    unknown = min([await seconds("nobody") for _ in range(3)])
    assert 0.5 < unknown / known < 2  # without the work it would be a hundredth


async def test_a_password_changed_meanwhile_lets_nobody_in(story_on: Told) -> None:
    from mediation.accounts.login import _begin

    database, story = story_on
    async with database.read() as db:
        checked = await db.get_one(Staff, story.mediator.staff.id)

    async def unit(db: AsyncSession) -> None:
        (await db.get_one(Staff, checked.id)).password_hash = "another"

    await database.write(unit)
    assert await database.write(lambda db: _begin(db, checked, right=True)) is None


@pytest.mark.parametrize(
    ("later", "still"),
    [(timedelta(minutes=59), True), (timedelta(minutes=61), False)],
)
async def test_an_idle_login_is_over(story_on: Told, settings: Settings, later: timedelta, still: bool) -> None:
    database, story = story_on
    token = await story.log_in(database, story.mediator)
    with clock.shifted(later):
        assert (await resolved(database, settings, token) is not None) is still


async def test_a_login_in_use_is_over_after_its_absolute_limit(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    token = await story.log_in(database, story.mediator)
    for minutes in range(30, 12 * 60 + 1, 30):
        with clock.shifted(timedelta(minutes=minutes) - timedelta(seconds=5)):
            assert await resolved(database, settings, token) is not None
    with clock.shifted(timedelta(hours=12, seconds=5)):
        assert await resolved(database, settings, token) is None


async def test_that_a_login_is_in_use_is_written_at_most_once_a_minute(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    token = await story.log_in(database, story.mediator)
    begun = (await the_login(database, token, settings)).seen_at
    with clock.shifted(timedelta(seconds=50)):
        await resolved(database, settings, token)
        assert (await the_login(database, token, settings)).seen_at == begun
    with clock.shifted(timedelta(seconds=70)):
        await resolved(database, settings, token)
        assert (await the_login(database, token, settings)).seen_at - begun > timedelta(seconds=60)


async def test_many_requests_of_one_login_do_not_wait_for_each_other(story_on: Told, settings: Settings) -> None:
    """More at once than the pool has connections, all of them due to be written down."""
    database, story = story_on
    token = await story.log_in(database, story.mediator)
    with clock.shifted(timedelta(minutes=5)):
        async with asyncio.timeout(20):
            actors = await asyncio.gather(*(resolved(database, settings, token) for _ in range(60)))
    assert None not in actors


async def test_a_live_session_keeps_the_login_in_use(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    token = await story.log_in(database, story.mediator)
    login = await the_login(database, token, settings)
    with clock.shifted(timedelta(minutes=50)):
        await database.write(lambda db: still_here(db, login.id))
    with clock.shifted(timedelta(minutes=100)):
        assert await resolved(database, settings, token) is not None


async def test_logging_out_ends_the_login_and_tells(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    token = await story.log_in(database, story.mediator)
    other = await story.log_in(database, story.mediator)
    actor = await resolved(database, settings, token)
    assert actor is not None
    told: list[Collection[Touch]] = []
    database.on_touched(told.append)
    await database.write(lambda db: log_out(db, actor))
    assert told == [{("login", actor.login_id)}]
    assert await resolved(database, settings, token) is None
    assert await resolved(database, settings, other) is not None


async def test_overdue_logins_are_ended_and_told(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    fresh, stale = await story.log_in(database, story.judge), await story.log_in(database, story.mediator)
    ended, kept = await the_login(database, stale, settings), await the_login(database, fresh, settings)
    told: list[Collection[Touch]] = []
    database.on_touched(told.append)
    with clock.shifted(timedelta(minutes=59)):
        await database.write(lambda db: still_here(db, kept.id))
    with clock.shifted(timedelta(minutes=61)):
        await database.write(lambda db: end_overdue_logins(db, settings))
    assert told == [{("login", ended.id)}]


async def test_a_suspended_account_is_nobody(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    tokens = [await story.log_in(database, story.judge), await story.log_in(database, story.mediator)]

    async def without_ending(member: Member) -> None:
        async def unit(db: AsyncSession) -> None:
            (await db.get_one(Staff, member.staff.id)).suspended_at = clock.now()

        await database.write(unit)

    await without_ending(story.judge)
    assert await resolved(database, settings, tokens[0]) is None
    assert await resolved(database, settings, tokens[1]) is not None
