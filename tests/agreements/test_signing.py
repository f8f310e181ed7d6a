"""Sign: only oneself, only what was read and agreed to, only the present version; effective at the last signature."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.agreements.drafting import edit_clause
from mediation.agreements.kinds import AgreementState, Answer, Manner
from mediation.agreements.models import Agreement, Signature
from mediation.agreements.queries import clauses_of
from mediation.agreements.reading import answer_clause
from mediation.agreements.signing import confirm_signature, send_code_again, submit_signature, withdraw_signature
from mediation.config import Settings
from mediation.db import Database
from mediation.errors import Conflict, Expired, Invalid, NotAllowed, TooMany
from mediation.journal.models import JournalEntry
from mediation.notifications.codes import CodeAnswer
from mediation.people.models import Channel, Person
from mediation.sessions.models import IdentityCheck
from tests.agreements.steps import (
    STROKES,
    agree,
    code_of,
    confirm,
    drafted,
    offered,
    reread,
    sign,
    submit,
    visiting,
)
from tests.story import Story

StoryOn = tuple[Database, Story]


async def change(database: Database, story: Story, settings: Settings, version: int) -> None:
    """The mediator changes the first clause."""

    async def unit(db: AsyncSession) -> None:
        agreement = await reread(database, story)
        first = (await clauses_of(db, agreement.id))[0]
        draft = visiting(story, notice_days=5)
        await edit_clause(db, story.mediator.actor(), story.case.id, version, first.id, draft, settings=settings)

    await database.write(unit)


async def actions(database: Database) -> list[str]:
    """What the journal says, in order."""
    async with database.read() as db:
        return list((await db.scalars(select(JournalEntry.action).order_by(JournalEntry.seq))).all())


async def test_the_last_signature_puts_it_into_effect(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    await sign(database, story.mother, agreement)
    assert (await reread(database, story)).state is AgreementState.OFFERED
    await sign(database, story.father, agreement)
    effective = await reread(database, story)
    async with database.read() as db:
        signatures = (await db.scalars(select(Signature).order_by(Signature.confirmed_at))).all()
        assert effective.state is AgreementState.EFFECTIVE
        assert effective.effective_at == signatures[-1].confirmed_at
        assert {signature.content_hash for signature in signatures} == {effective.content_hash}
    assert (await actions(database)).count("agreement_effective") == 1


async def test_a_code_is_needed_and_wrong_ones_are_counted(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    await agree(database, story.mother, agreement)
    await submit(database, story.mother, agreement)
    right = await code_of(database, story.mother)
    wrong = "000000" if right != "000000" else "111111"
    for expected in [CodeAnswer.WRONG] * 4 + [CodeAnswer.SPENT] * 2:
        answer = await database.write(lambda db: confirm_signature(db, story.mother.actor(), 2, wrong))
        assert answer is expected
    assert await confirm(database, story.mother, agreement) is CodeAnswer.SPENT
    await database.write(lambda db: send_code_again(db, story.mother.actor(), 2))
    with clock.shifted(timedelta(minutes=11)):
        assert await confirm(database, story.mother, agreement) is CodeAnswer.EXPIRED
    with pytest.raises(Expired):
        CodeAnswer.EXPIRED.or_refuse()
    await database.write(lambda db: send_code_again(db, story.mother.actor(), 2))
    assert await confirm(database, story.mother, agreement) is CodeAnswer.RIGHT
    with pytest.raises(Conflict, match="signed_already"):
        await confirm(database, story.mother, agreement)


async def test_codes_are_not_sent_without_end(sqlite: Database, story: Story, settings: Settings) -> None:
    agreement = await offered(sqlite, story, settings)
    await agree(sqlite, story.mother, agreement)
    for _ in range(5):
        await submit(sqlite, story.mother, agreement)
    with pytest.raises(TooMany):
        await submit(sqlite, story.mother, agreement)


async def test_a_change_voids_signatures_and_only_the_changed_clause_is_asked_again(
    story_on: StoryOn, settings: Settings
) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    await sign(database, story.mother, agreement)
    await change(database, story, settings, 2)
    changed = await reread(database, story)
    assert (changed.state, changed.version, changed.content_hash) == (AgreementState.DRAFTING, 3, None)
    async with database.read() as db:
        signature = (await db.scalars(select(Signature))).one()
        assert (signature.voided_at is not None, signature.void_reason) == (True, "draft_changed")
    with pytest.raises(Conflict, match="draft_changed"):
        await confirm(database, story.mother, agreement)
    with pytest.raises(Conflict, match="not_offered"):
        await database.write(
            lambda db: submit_signature(db, story.mother.actor(), 3, Manner.DRAWN, strokes=STROKES, declared=True)
        )


async def test_a_signature_is_withdrawn_before_the_last_one_and_not_after(
    story_on: StoryOn, settings: Settings
) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    with pytest.raises(Conflict, match="not_signed"):
        await database.write(lambda db: withdraw_signature(db, story.mother.actor(), 2))
    await sign(database, story.mother, agreement)
    await database.write(lambda db: withdraw_signature(db, story.mother.actor(), 2))
    await sign(database, story.father, agreement)
    assert (await reread(database, story)).state is AgreementState.OFFERED
    await sign(database, story.mother, agreement)
    assert (await reread(database, story)).state is AgreementState.EFFECTIVE
    with pytest.raises(Conflict, match="agreement_effective"):
        await database.write(lambda db: withdraw_signature(db, story.mother.actor(), 2))
    with pytest.raises(Conflict, match="agreement_effective"):
        await change(database, story, settings, 2)


async def test_nobody_signs_what_they_did_not_agree_to(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    with pytest.raises(Conflict, match="not_all_read"):
        await submit(database, story.mother, agreement)
    await agree(database, story.mother, agreement)
    async with database.read() as db:
        last = (await clauses_of(db, agreement.id))[-1].id
    await database.write(lambda db: answer_clause(db, story.mother.actor(), 2, last, Answer.DISAGREE))
    with pytest.raises(Conflict, match="not_all_read"):
        await submit(database, story.mother, agreement)
    await sign(database, story.mother, agreement)
    with pytest.raises(Conflict, match="signed_already"):
        await database.write(lambda db: answer_clause(db, story.mother.actor(), 2, last, Answer.UNCLEAR))


async def test_nobody_signs_unverified_or_a_draft(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await drafted(database, story, settings)
    await agree(database, story.mother, agreement)
    with pytest.raises(Conflict, match="not_offered"):
        await submit(database, story.mother, agreement)
    agreement = await reread(database, story)
    from mediation.agreements.offering import offer

    await database.write(lambda db: offer(db, story.mediator.actor(), story.case.id, 2, settings=settings))
    async with database.read() as db:
        assert await db.get(IdentityCheck, story.mother.participant.id) is None
    with pytest.raises(NotAllowed, match="identity_unchecked"):
        await submit(database, story.mother, agreement)


async def test_who_is_no_party_neither_answers_nor_signs(sqlite: Database, story: Story, settings: Settings) -> None:
    agreement = await offered(sqlite, story, settings)
    stranger = story.mother.actor().__class__(
        story.seats["judge"].id, story.judge.person.id, story.session.id, story.case.id, "none", "none"
    )
    async with sqlite.read() as db:
        clause = (await clauses_of(db, agreement.id))[0].id
    with pytest.raises(NotAllowed, match="no_party"):
        await sqlite.write(lambda db: answer_clause(db, stranger, 2, clause, Answer.AGREE))
    with pytest.raises(NotAllowed, match="no_party"):
        await sqlite.write(lambda db: submit_signature(db, stranger, 2, Manner.DRAWN, strokes=STROKES, declared=True))


async def test_who_can_not_draw_types_their_own_name(sqlite: Database, story: Story, settings: Settings) -> None:
    agreement = await offered(sqlite, story, settings)
    await agree(sqlite, story.mother, agreement)
    for name in ("", "林国栋", "王"):
        with pytest.raises(Invalid, match="name_differs"):
            await sqlite.write(
                lambda db, name=name: submit_signature(
                    db, story.mother.actor(), 2, Manner.TYPED, name=name, declared=True
                )
            )
    await sqlite.write(
        lambda db: submit_signature(db, story.mother.actor(), 2, Manner.TYPED, name=" 王 芳", declared=True)
    )
    assert await confirm(sqlite, story.mother, agreement) is CodeAnswer.RIGHT
    async with sqlite.read() as db:
        assert (await db.scalars(select(Signature))).one().strokes is None


async def test_what_is_typed_is_the_name_in_the_agreement_whatever_the_directory_says_meanwhile(
    sqlite: Database, story: Story, settings: Settings
) -> None:
    agreement = await offered(sqlite, story, settings)
    await agree(sqlite, story.mother, agreement)
    renamed = update(Person).where(Person.id == story.mother.person.id).values(name="王方")
    await sqlite.write(lambda db: db.execute(renamed))

    async def typed(name: str) -> None:
        await sqlite.write(
            lambda db: submit_signature(db, story.mother.actor(), 2, Manner.TYPED, name=name, declared=True)
        )

    with pytest.raises(Invalid, match="name_differs"):
        await typed("王方")
    await typed("王芳")


async def test_without_the_declaration_or_a_safe_channel_nothing_is_signed(
    sqlite: Database, story: Story, settings: Settings
) -> None:
    agreement = await offered(sqlite, story, settings)
    await agree(sqlite, story.mother, agreement)
    with pytest.raises(Invalid, match="not_declared"):
        await sqlite.write(lambda db: submit_signature(db, story.mother.actor(), 2, Manner.DRAWN, strokes=STROKES))

    async def no_channel(db: AsyncSession) -> None:
        story.mother.person.safe_channel = Channel.NONE
        await db.merge(story.mother.person)

    await sqlite.write(no_channel)
    with pytest.raises(Invalid, match="no_safe_channel"):
        await submit(sqlite, story.mother, agreement)


LINE = [[0, 0, 0], [100, 50, 40]]


@pytest.mark.parametrize(
    ("strokes", "code"),
    [
        ("", "signature_empty"),
        (json.dumps({"width": 340, "height": 230, "strokes": []}), "signature_empty"),
        (json.dumps({"width": 340, "height": 230, "strokes": [[[5, 5, 0], [6, 6, 9]]]}), "signature_empty"),
        ("not json", "signature_unreadable"),
        ("[]", "signature_unreadable"),
        ("[" * 5000, "signature_unreadable"),
        (json.dumps({"width": 340, "height": 230, "strokes": [[["x", 5, 0]]]}), "signature_unreadable"),
        (json.dumps({"width": 340, "height": 230, "strokes": [[[1, 5]]]}), "signature_unreadable"),
        ('{"width": 340, "height": 230, "strokes": [[[NaN, 1, 0]]]}', "signature_unreadable"),
        ('{"width": 340, "height": 230, "strokes": [[[1e999, 1, 0]]]}', "signature_unreadable"),
        (json.dumps({"width": 0, "height": 230, "strokes": [LINE]}), "signature_unreadable"),
        (json.dumps({"width": 340, "height": 230, "strokes": [LINE], "more": 1}), "signature_unreadable"),
        (json.dumps({"width": 340, "height": 230, "strokes": [LINE] * 301}), "signature_unreadable"),
        (json.dumps({"width": 340, "height": 230, "strokes": [LINE * 2600]}), "signature_unreadable"),
        (" " * 200_001, "signature_unreadable"),
    ],
)
async def test_what_is_no_drawing_is_refused(
    sqlite: Database, story: Story, settings: Settings, strokes: str, code: str
) -> None:
    agreement = await offered(sqlite, story, settings)
    await agree(sqlite, story.mother, agreement)
    with pytest.raises(Invalid, match=code):
        await sqlite.write(
            lambda db: submit_signature(db, story.mother.actor(), 2, Manner.DRAWN, strokes=strokes, declared=True)
        )
    async with sqlite.read() as db:
        assert (await db.scalars(select(Signature))).all() == []


async def test_the_journal_holds_no_name_and_no_stroke(sqlite: Database, story: Story, settings: Settings) -> None:
    agreement: Agreement = await offered(sqlite, story, settings)
    await sign(sqlite, story.mother, agreement)
    async with sqlite.read() as db:
        entries = (await db.scalars(select(JournalEntry))).all()
    told = json.dumps([entry.data for entry in entries], ensure_ascii=False)
    assert "王" not in told
    assert "strokes" not in told
