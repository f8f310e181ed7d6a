"""Steps that several tests of agreements take."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.clauses import ClauseDraft
from mediation.agreements.drafting import edit_clause, start_agreement
from mediation.agreements.kinds import Answer, ClauseKind, Manner
from mediation.agreements.models import Agreement
from mediation.agreements.offering import offer
from mediation.agreements.queries import clauses_of, current_agreement
from mediation.agreements.reading import answer_clause
from mediation.agreements.signing import confirm_signature, submit_signature
from mediation.agreements.visiting import Visiting
from mediation.config import Settings
from mediation.db import Database, key_of
from mediation.notifications.codes import CodeAnswer, code_for
from mediation.notifications.models import OneTimeCode
from tests.story import Guest, Story

STROKES = json.dumps(
    {"width": 340, "height": 230, "strokes": [[[60, 60, 0], [180, 50, 90]], [[120, 40, 300], [118, 190, 420]]]}
)


def visiting(story: Story, **other: Any) -> ClauseDraft:
    """A visiting clause in which everything is said."""
    mother, father = story.mother.person.id, story.father.person.id
    fields = Visiting(
        visitor=mother, child="孩子", what="孩子在王女士家住一晚", rrule="FREQ=MONTHLY;BYDAY=2SA", dtstart="2026-12-12T09:00:00",
        ends_after_days=1, ends_at="17:00", brought_by=father, handover="王女士家楼下", returned_by=mother,
        return_place="林先生家楼下", notice_days=2, if_not="下个周末补上",
    )  # fmt: skip
    return ClauseDraft(ClauseKind.VISITING, "探望", fields={**fields.stored(), **other})


async def drafted(database: Database, story: Story, settings: Settings) -> Agreement:
    """A draft from the template in which everything is said."""
    actor = story.mediator.actor()

    async def unit(db: AsyncSession) -> Agreement:
        agreement = await start_agreement(db, actor, story.case.id)
        first = (await clauses_of(db, agreement.id))[0]
        await edit_clause(db, actor, story.case.id, agreement.version, first.id, visiting(story), settings=settings)
        return agreement

    return await database.write(unit)


async def offered(database: Database, story: Story, settings: Settings) -> Agreement:
    """A draft laid before both parties, whose identity was checked."""
    await story.identify(database)
    return await laid_before(database, story, settings)


async def laid_before(database: Database, story: Story, settings: Settings) -> Agreement:
    """A draft laid before both parties."""
    agreement = await drafted(database, story, settings)
    actor = story.mediator.actor()
    return await database.write(lambda db: offer(db, actor, story.case.id, agreement.version, settings=settings))


async def taken_effect(database: Database, story: Story, settings: Settings) -> Agreement:
    """One more agreement that both parties, whose identity was checked before, have signed."""
    agreement = await laid_before(database, story, settings)
    for guest in (story.mother, story.father):
        await sign(database, guest, agreement)
    return agreement


async def agree(database: Database, guest: Guest, agreement: Agreement) -> None:
    """This guest agrees to every clause."""

    async def unit(db: AsyncSession) -> None:
        for clause in await clauses_of(db, agreement.id):
            await answer_clause(db, guest.actor(), agreement.version, clause.id, Answer.AGREE)

    await database.write(unit)


async def submit(database: Database, guest: Guest, agreement: Agreement) -> None:
    """This guest hands in a drawn signature."""
    await database.write(
        lambda db: submit_signature(db, guest.actor(), agreement.version, Manner.DRAWN, strokes=STROKES, declared=True)
    )


async def code_of(database: Database, guest: Guest) -> str:
    """The code that was sent to this guest last."""
    async with database.read() as db:
        sent = select(OneTimeCode).where(OneTimeCode.person_id == guest.person.id)
        last = (await db.scalars(sent.order_by(OneTimeCode.expires_at.desc(), OneTimeCode.created_at.desc()))).first()
        assert last is not None
        return code_for(key_of(db, "code"), last.id)


async def confirm(database: Database, guest: Guest, agreement: Agreement) -> CodeAnswer:
    """This guest enters the code."""
    code = await code_of(database, guest)
    return await database.write(lambda db: confirm_signature(db, guest.actor(), agreement.version, code))


async def sign(database: Database, guest: Guest, agreement: Agreement) -> None:
    """This guest reads, agrees, signs and confirms."""
    await agree(database, guest, agreement)
    await submit(database, guest, agreement)
    assert await confirm(database, guest, agreement) is CodeAnswer.RIGHT


async def reread(database: Database, story: Story) -> Agreement:
    """The present agreement as it is stored."""
    async with database.read() as db:
        agreement = await current_agreement(db, story.case.id)
        assert agreement is not None
        return agreement
