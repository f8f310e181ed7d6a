"""What is searchable of a closed case: its description, parties, reason, clauses in effect, minutes, advice."""

import asyncio

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.archive.filling import anything_left, catch_up
from mediation.archive.models import ArchiveEntry
from mediation.archive.searching import Wanted, search
from mediation.cases.models import Outcome
from mediation.clock import now
from mediation.closing.closing import close_session
from mediation.config import Settings
from mediation.db import Database
from mediation.live.models import Consultation
from mediation.minutes.kinds import Part
from mediation.minutes.writing import write_part
from mediation.sessions.states import start
from tests.agreements.steps import offered, sign
from tests.archive.cases import write_cases
from tests.story import Story


@pytest.fixture
async def agreed(story_on: tuple[Database, Story], settings: Settings) -> tuple[Database, Story]:
    """The story's case, closed with an agreement, minutes and a judge's advice."""
    database, story = story_on
    actor, session_id = story.mediator.actor(), story.session.id

    async def unit(db: AsyncSession) -> None:
        await start(db, actor, session_id)
        await write_part(db, actor, session_id, Part.COURSE, 0, "双方说到寒假轮流陪孩子。", settings=settings)
        db.add(
            Consultation(
                session_id=session_id, case_id=story.case.id, question="能不能补探望?", asked_at=now(), advised_at=now(),
                asked_by_staff_id=story.mediator.staff.id, judge_staff_id=story.judge.staff.id, advice="可以约定补足时间。",
            )
        )  # fmt: skip

    await database.write(unit)
    agreement = await offered(database, story, settings)
    for guest in (story.mother, story.father):
        await sign(database, guest, agreement)
    await close_session(database, settings, actor, session_id, Outcome.AGREED, "")
    await database.write(catch_up)
    return database, story


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("王芳", "party"), ("国栋", "party"), ("林先生", "party"), ("0318", "number"), ("离婚后", "summary"),
        ("补上", "clause"), ("寒假轮流", "minutes"), ("补足时间", "advice"),
    ],
)  # fmt: skip
async def test_words_of_every_part_are_found(
    agreed: tuple[Database, Story], settings: Settings, word: str, part: str
) -> None:
    database, story = agreed
    async with database.read() as db:
        found = await search(db, story.archivist.actor(), Wanted((word,)), settings)
    assert [case.id for _entry, case in found.rows] == [story.case.id]
    (entry, _case) = found.rows[0]
    assert part in [each["part"] for each in entry.parts if word in each["text"]]


async def test_only_open_cases_are_left_out(story_on: tuple[Database, Story]) -> None:
    database, story = story_on
    async with database.read() as db:
        assert not await anything_left(db)
    await write_cases(database, story, 3)
    async with database.read() as db:
        assert not await anything_left(db)
        assert story.case.id not in set(await db.scalars(select(ArchiveEntry.case_id)))


async def test_two_who_fill_at_once_make_one_entry_each(story_on: tuple[Database, Story]) -> None:
    database, story = story_on
    await write_cases(database, story, 30)

    async def empty(db: AsyncSession) -> None:
        for entry in await db.scalars(select(ArchiveEntry)):
            await db.delete(entry)

    await database.write(empty)
    await asyncio.gather(*(database.write(catch_up) for _ in range(5)))
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(ArchiveEntry)) == 30


async def test_an_entry_that_is_rewritten_is_found_by_its_new_words_only(
    agreed: tuple[Database, Story], settings: Settings
) -> None:
    database, story = agreed
    await write_cases(database, story, 1)
    async with database.read() as db:
        other = (await db.scalars(select(ArchiveEntry).where(ArchiveEntry.case_id != story.case.id))).one()

    async def rewrite(db: AsyncSession) -> None:
        mine = update(ArchiveEntry).where(ArchiveEntry.case_id == story.case.id)
        await db.execute(mine.values(plain=other.plain, bigrams=other.bigrams))

    await database.write(rewrite)
    async with database.read() as db:
        assert (await search(db, story.archivist.actor(), Wanted(("寒假轮流",)), settings)).count == 0
        assert (await search(db, story.archivist.actor(), Wanted(("青家调1000",)), settings)).count == 2
