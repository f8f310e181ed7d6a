"""Two people act at the same moment: one effective event, never an agreement in effect with a stale signature."""

import asyncio
from collections.abc import Awaitable

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.drafting import add_clause, start_agreement
from mediation.agreements.kinds import AgreementState
from mediation.agreements.models import Agreement, Signature
from mediation.config import Settings
from mediation.db import Database
from mediation.errors import Conflict
from mediation.journal.models import JournalEntry
from tests.agreements.steps import agree, confirm, offered, reread, sign, submit
from tests.agreements.test_drafting import free
from tests.story import Story

StoryOn = tuple[Database, Story]
ROUNDS = range(3)


async def outcomes(*acts: Awaitable[object]) -> list[str]:
    """What came of acts done at once; anything but success and a conflict is a failure of the test."""
    results = await asyncio.gather(*acts, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, Conflict):
            raise result
    return [result.code if isinstance(result, Conflict) else "done" for result in results]


async def journal_count(database: Database, action: str) -> int:
    """How often this is in the journal."""
    async with database.read() as db:
        return len((await db.scalars(select(JournalEntry).where(JournalEntry.action == action))).all())


@pytest.mark.parametrize("attempt", ROUNDS)
async def test_two_last_signatures_at_once_take_effect_once(
    story_on: StoryOn, settings: Settings, attempt: int
) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    for guest in (story.mother, story.father):
        await agree(database, guest, agreement)
        await submit(database, guest, agreement)
    assert await outcomes(confirm(database, story.mother, agreement), confirm(database, story.father, agreement)) == [
        "done",
        "done",
    ]
    assert (await reread(database, story)).state is AgreementState.EFFECTIVE
    assert await journal_count(database, "agreement_effective") == 1


@pytest.mark.parametrize("attempt", ROUNDS)
async def test_the_same_code_twice_at_once_signs_once(story_on: StoryOn, settings: Settings, attempt: int) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    await agree(database, story.mother, agreement)
    await submit(database, story.mother, agreement)
    results = await outcomes(*(confirm(database, story.mother, agreement) for _ in range(4)))
    assert sorted(results) == ["done", "signed_already", "signed_already", "signed_already"]
    assert await journal_count(database, "agreement_signed") == 1


@pytest.mark.parametrize("attempt", ROUNDS)
async def test_a_signature_and_a_change_never_pass_each_other(
    story_on: StoryOn, settings: Settings, attempt: int
) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    await sign(database, story.mother, agreement)
    await agree(database, story.father, agreement)
    await submit(database, story.father, agreement)

    async def change() -> None:
        await asyncio.sleep(0.002 * attempt)
        await database.write(
            lambda db: add_clause(db, story.mediator.actor(), story.case.id, 2, free(), settings=settings)
        )

    results = await outcomes(confirm(database, story.father, agreement), change())
    after = await reread(database, story)
    async with database.read() as db:
        standing = (await db.scalars(select(Signature).where(Signature.voided_at.is_(None)))).all()
    if after.state is AgreementState.EFFECTIVE:
        assert results == ["done", "agreement_effective"]
        assert [(s.version, s.content_hash) for s in standing] == [(2, after.content_hash)] * 2
    else:
        assert (results, after.version, list(standing)) == (["draft_changed", "done"], 3, [])
        assert after.effective_at is None


async def test_two_changes_of_the_same_version_at_once_one_wins(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    await offered(database, story, settings)

    async def change(number: int) -> None:
        await database.write(
            lambda db: add_clause(
                db, story.mediator.actor(), story.case.id, 2, free(title=f"第{number}"), settings=settings
            )
        )

    results = await outcomes(*(change(number) for number in range(8)))
    assert sorted(results) == ["done"] + ["draft_changed"] * 7
    assert (await reread(database, story)).version == 3


async def test_two_drafts_started_at_once_give_one(story_on: StoryOn) -> None:
    database, story = story_on

    async def start(db: AsyncSession) -> Agreement:
        return await start_agreement(db, story.mediator.actor(), story.case.id)

    results = await outcomes(*(database.write(start) for _ in range(6)))
    assert sorted(results) == ["done"] + ["draft_open"] * 5
