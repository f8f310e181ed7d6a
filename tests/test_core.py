"""The foundation: a unit of work is whole or nothing; the journal's chain; what is touched is told after commit."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM
from mediation.clock import now
from mediation.db import Database, touched
from mediation.errors import Unavailable
from mediation.journal.models import JournalEntry
from mediation.journal.record import GENESIS, entry_hash, record
from mediation.people.models import Person
from tests.story import Story


async def test_a_failed_unit_leaves_nothing_and_tells_nothing(database: Database) -> None:
    told: list[object] = []
    database.on_touched(told.append)

    async def unit(db: AsyncSession) -> None:
        db.add(Person(name="王芳", called="王女士", created_at=now()))
        await db.flush()
        record(db, SYSTEM, "person_added")
        touched(db, "person", "1")
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(unit)
    async with database.read() as db:
        assert (await db.scalars(select(Person))).all() == []
        assert (await db.scalars(select(JournalEntry))).all() == []
    assert told == []


async def test_whoever_waits_in_vain_is_told_to_try_again(database: Database) -> None:
    async with database.engine.connect() as holding:
        if database.is_sqlite:
            async with database.engine.connect() as waiting:  # the one that the unit of work is given next
                await waiting.execute(text("PRAGMA busy_timeout = 50"))
            await holding.execute(text("BEGIN IMMEDIATE"))
        else:
            await holding.execute(text("LOCK TABLE person"))

        async def unit(db: AsyncSession) -> None:
            db.add(Person(name="王芳", called="王女士", created_at=now()))

        with pytest.raises(Unavailable):
            await database.write(unit)
        await holding.rollback()
    await database.write(unit)


async def test_the_journal_is_a_chain(database: Database) -> None:
    for step in range(3):

        async def unit(db: AsyncSession, step: int = step) -> None:
            record(db, SYSTEM, "first", step=step)
            record(db, SYSTEM, "second", case_id="c")

        await database.write(unit)
    async with database.read() as db:
        entries = (await db.scalars(select(JournalEntry).order_by(JournalEntry.seq))).all()
    assert [entry.seq for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert [entry.previous_hash for entry in entries] == [GENESIS, *(entry.hash for entry in entries[:-1])]
    assert [entry.hash for entry in entries] == [entry_hash(entry) for entry in entries]


async def test_the_story_is_told_on_both_databases(story_on: tuple[Database, Story]) -> None:
    _, story = story_on
    assert story.case.number == "(2026)青家调0318号"
