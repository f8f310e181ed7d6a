"""A form that is sent twice is performed once, also when both arrive together, on both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.actor import SYSTEM, Actor
from mediation.db import Database
from mediation.people.models import Person
from mediation.web.once import REMEMBERED, PerformedOnce, once
from tests.story import Story


async def add_somebody(db: AsyncSession) -> str:
    person = Person(name="某人", called="某人", created_at=clock.now())
    db.add(person)
    await db.flush()
    return f"/people/{person.id}"


async def send(database: Database, key: str, actor: Actor = SYSTEM) -> str:
    return await database.write(lambda db: once(db, actor, key, lambda: add_somebody(db)))


async def count(database: Database, table: type) -> int:
    async with database.read() as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def test_twenty_at_once_do_it_once(database: Database) -> None:
    locations = await asyncio.gather(*(send(database, "the form") for _ in range(20)))
    assert len(set(locations)) == 1
    assert await count(database, Person) == 1


async def test_other_forms_other_people_and_no_key_are_all_performed(story_on: tuple[Database, Story]) -> None:
    database, story = story_on
    before = await count(database, Person)
    mediator = story.mediator.actor()
    locations = {
        await send(database, "one"), await send(database, "two"), await send(database, "one", mediator),
        await send(database, ""), await send(database, ""), await send(database, "很长" * 500),
    }  # fmt: skip
    assert len(locations) == 6
    assert await count(database, Person) == before + 6


async def test_what_failed_can_be_sent_again(database: Database) -> None:
    async def fail() -> str:
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(lambda db: once(db, SYSTEM, "the form", fail))
    await send(database, "the form")
    assert await count(database, Person) == 1


async def test_old_forms_are_forgotten(database: Database) -> None:
    await send(database, "old")
    with clock.shifted(REMEMBERED + timedelta(minutes=1)):
        await send(database, "new")
    assert await count(database, PerformedOnce) == 1
