"""Protected pairs: symmetric, once, told to both sides' sockets, whatever races."""

import asyncio
from collections.abc import Collection

import pytest
from sqlalchemy import func, select

from mediation.actor import SYSTEM
from mediation.db import Database, Touch
from mediation.errors import Conflict, Invalid, NotAllowed, NotFound
from mediation.journal.models import JournalEntry
from mediation.people.models import ProtectedPair
from mediation.people.protection import end_protection, protect
from mediation.people.queries import kept_apart_from, pairs_of, protected_among
from tests.story import Story

Told = tuple[Database, Story]


def ids(story: Story) -> tuple[str, str]:
    return story.mother.person.id, story.father.person.id


@pytest.mark.parametrize("turned", [False, True])
async def test_the_pair_is_symmetric(story_on: Told, turned: bool) -> None:
    database, story = story_on
    mother, father = ids(story)
    first, second = (father, mother) if turned else (mother, father)
    told: list[Collection[Touch]] = []
    database.on_touched(told.append)
    pair = await database.write(lambda db: protect(db, story.worker.actor(), first, second, " 人身安全保护令 "))
    assert (pair.low_person_id, pair.high_person_id) == tuple(sorted((mother, father)))
    assert (pair.reason, told) == ("人身安全保护令", [{("pair", mother), ("pair", father)}])
    async with database.read() as db:
        assert await kept_apart_from(db, mother) == {father}
        assert await kept_apart_from(db, father) == {mother}
        assert await protected_among(db, [father, mother]) == {frozenset((mother, father))}
        assert [other.id for _, other in await pairs_of(db, story.worker.actor(), mother)] == [father]
        assert [other.id for _, other in await pairs_of(db, story.worker.actor(), father)] == [mother]
        entry = (await db.scalars(select(JournalEntry))).one()
    assert (entry.action, entry.subject) == ("pair_protected", pair.id)
    assert entry.data == {"people": sorted((mother, father))}
    with pytest.raises(Conflict) as refused:
        await database.write(lambda db: protect(db, story.worker.actor(), second, first, "again"))
    assert refused.value.code == "already_protected"


async def test_it_ends_and_may_begin_again(story_on: Told) -> None:
    database, story = story_on
    mother, father = ids(story)
    actor = story.mediator.actor()
    with pytest.raises(Conflict) as refused:
        await database.write(lambda db: end_protection(db, actor, mother, father, "x"))
    assert refused.value.code == "not_protected"
    await database.write(lambda db: protect(db, actor, mother, father, "first"))
    told: list[Collection[Touch]] = []
    database.on_touched(told.append)
    await database.write(lambda db: end_protection(db, actor, father, mother, "they asked for it"))
    assert told == [{("pair", mother), ("pair", father)}]
    async with database.read() as db:
        assert await kept_apart_from(db, mother) == frozenset()
        assert await pairs_of(db, actor, mother) == []
    with pytest.raises(Conflict):
        await database.write(lambda db: end_protection(db, actor, father, mother, "again"))
    again = await database.write(lambda db: protect(db, actor, father, mother, "second"))
    assert (again.reason, again.ended_at, again.end_reason) == ("second", None, "")
    async with database.read() as db:
        assert await protected_among(db, [mother, father]) == {frozenset((mother, father))}
        entries = (await db.scalars(select(JournalEntry).order_by(JournalEntry.seq))).all()
    assert [entry.action for entry in entries] == ["pair_protected", "protection_ended", "pair_protected"]
    # The reason is somebody's story: it stays out of the journal.
    assert not any("asked" in repr(entry.data) for entry in entries)


async def test_what_is_refused(story_on: Told) -> None:
    database, story = story_on
    mother, father = ids(story)
    actor = story.worker.actor()
    refusals: list[tuple[str, str, str, type[Exception]]] = [
        (mother, mother, "why", Invalid),
        (mother, father, "", Invalid),
        (mother, father, "  ", Invalid),
        (mother, father, "长" * 501, Invalid),
        (mother, "nobody", "why", NotFound),
        (mother, story.stranger.person.id, "why", NotFound),
    ]
    for a, b, reason, error in refusals:
        for verb in (protect, end_protection):
            with pytest.raises(error):
                await database.write(lambda db, a=a, b=b, reason=reason, verb=verb: verb(db, actor, a, b, reason))
    for member, error in ((story.judge, NotAllowed), (story.admin, NotAllowed), (story.stranger, NotFound)):
        with pytest.raises(error):
            await database.write(lambda db, member=member: protect(db, member.actor(), mother, father, "why"))
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(ProtectedPair)) == 0
        assert await db.scalar(select(func.count()).select_from(JournalEntry)) == 0


async def test_the_workstation_itself_may_protect(story_on: Told) -> None:
    database, story = story_on
    await database.write(lambda db: protect(db, SYSTEM, *ids(story), "story"))
    async with database.read() as db:
        assert await protected_among(db, ids(story))


async def test_of_many_at_once_one_protects(story_on: Told) -> None:
    database, story = story_on
    mother, father = ids(story)
    turns = [(mother, father), (father, mother)] * 8
    tries = [database.write(lambda db, a=a, b=b: protect(db, story.worker.actor(), a, b, "race")) for a, b in turns]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, ProtectedPair) for result in results) == 1
    assert [result.code for result in results if isinstance(result, Conflict)] == ["already_protected"] * 15
