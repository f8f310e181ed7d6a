"""Who sees what of an agreement, and what a protected pair never learns of each other."""

import json
from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.drafting import edit_clause
from mediation.agreements.kinds import AgreementState, Answer
from mediation.agreements.queries import clauses_of
from mediation.agreements.reading import answer_clause
from mediation.agreements.signing import withdraw_signature
from mediation.agreements.view import AgreementView, agreement_view
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from tests.agreements.steps import agree, drafted, offered, sign, submit, visiting
from tests.story import Guest, Member, Story

StoryOn = tuple[Database, Story]
SATURDAY = 5


async def seen(database: Database, viewer: Guest | Member, story: Story, settings: Settings) -> AgreementView:
    """What this viewer sees now."""
    async with database.read() as db:
        view = await agreement_view(db, viewer.actor(), story.case.id, settings=settings, at=now())
    assert view is not None
    return view


async def test_parties_see_the_draft_at_once(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    await drafted(database, story, settings)
    view = await seen(database, story.father, story, settings)
    assert view.state is AgreementState.DRAFTING
    assert view.clauses[0].text.startswith("每月第二个星期六上午9点，林先生送孩子到王女士家楼下")
    assert [clause.checks for clause in view.clauses[1:]] == [{}, {}]
    first = view.clauses[0].dates[0]
    assert (first.weekday(), 8 <= first.day <= 14, first.date() >= now().date()) == (SATURDAY, True, True)
    assert view.own_signature == "none"


async def test_who_is_no_party_sees_nothing(sqlite: Database, story: Story, settings: Settings) -> None:
    await drafted(sqlite, story, settings)
    companion = story.mother.actor().__class__(
        story.seats["federation"].id, story.worker.person.id, story.session.id, story.case.id, "none", "none"
    )
    async with sqlite.read() as db:
        assert await agreement_view(db, companion, settings=settings, at=now()) is None


async def test_the_other_side_s_signature_is_seen_their_answers_are_not(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    await sign(database, story.mother, agreement)
    father, mediator = (
        await seen(database, story.father, story, settings),
        await seen(database, story.mediator, story, settings),
    )
    assert [(signer.called, signer.own, signer.signed) for signer in father.signers] == [
        ("王女士", False, True), ("林先生", True, False),
    ]  # fmt: skip
    assert [clause.answers for clause in father.clauses] == [{}, {}, {}]
    assert [clause.answer for clause in father.clauses] == [None, None, None]
    assert mediator.clauses[0].answers == {"王女士": Answer.AGREE}


async def test_a_void_signature_says_so_to_who_signed(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    await sign(database, story.mother, agreement)

    async def change(db: AsyncSession) -> None:
        first = (await clauses_of(db, agreement.id))[0]
        draft = visiting(story, notice_days=7)
        await edit_clause(db, story.mediator.actor(), story.case.id, 2, first.id, draft, settings=settings)

    await database.write(change)
    view = await seen(database, story.mother, story, settings)
    assert (view.own_signature, view.voided_at is not None) == ("none", True)
    assert [clause.answer for clause in view.clauses] == [None, Answer.AGREE, Answer.AGREE]
    assert (await seen(database, story.father, story, settings)).voided_at is None


async def test_a_protected_pair_learns_nothing_of_the_other_s_reading_and_signing(
    story_on: StoryOn, settings: Settings
) -> None:
    database, story = story_on
    await story.protect(database)
    agreement = await offered(database, story, settings)
    before = (await seen(database, story.father, story, settings)).fingerprint()
    prints = []
    async with database.read() as db:
        clause = (await clauses_of(db, agreement.id))[0].id
    await database.write(lambda db: answer_clause(db, story.mother.actor(), 2, clause, Answer.DISAGREE))
    prints.append((await seen(database, story.father, story, settings)).fingerprint())
    await agree(database, story.mother, agreement)
    await submit(database, story.mother, agreement)
    prints.append((await seen(database, story.father, story, settings)).fingerprint())
    await database.write(lambda db: withdraw_signature(db, story.mother.actor(), 2))
    await sign(database, story.mother, agreement)
    prints.append((await seen(database, story.father, story, settings)).fingerprint())
    assert prints == [before] * 3
    view = await seen(database, story.father, story, settings)
    assert [(signer.called, signer.role, signer.signed) for signer in view.signers] == [
        ("王女士", "applicant", None), ("林先生", "respondent", False),
    ]  # fmt: skip
    own = await seen(database, story.mother, story, settings)
    assert [signer.signed for signer in own.signers] == [True, None]


async def test_the_fingerprint_changes_with_what_is_seen(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    before = (await seen(database, story.father, story, settings)).fingerprint()
    await sign(database, story.mother, agreement)
    assert (await seen(database, story.father, story, settings)).fingerprint() != before


async def test_no_copy_for_a_party_holds_contact_data(sqlite: Database, story: Story, settings: Settings) -> None:
    agreement = await offered(sqlite, story, settings)
    await sign(sqlite, story.mother, agreement)
    await sign(sqlite, story.father, agreement)
    for viewer in (story.mother, story.father):
        told = json.dumps(asdict(await seen(sqlite, viewer, story, settings)), default=str, ensure_ascii=False)
        for person in (story.mother.person, story.father.person):
            assert person.phone not in told
            assert person.email not in told
            assert person.address not in told
