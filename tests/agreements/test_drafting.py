"""Write the draft: everything that goes in is checked, every change raises the version, nobody else's changes are lost."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation
from mediation.agreements.clauses import ClauseDraft
from mediation.agreements.drafting import (
    MOST_CLAUSES,
    add_clause,
    edit_clause,
    move_clause,
    remove_clause,
    start_agreement,
    write_facts,
)
from mediation.agreements.kinds import AgreementState, ClauseKind, Matter
from mediation.agreements.models import Agreement, Clause
from mediation.agreements.offering import end_draft, offer
from mediation.agreements.queries import clauses_of, current_agreement
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.errors import Conflict, Invalid, NotAllowed, NotFound
from mediation.journal.models import JournalEntry
from mediation.people.models import Person
from mediation.sessions.models import Participant, ParticipantRole, Side
from tests.agreements.steps import drafted, offered, reread, visiting
from tests.story import Story

StoryOn = tuple[Database, Story]


def free(text: str = "双方不在孩子面前争吵。", title: str = "说话", matter: Matter = Matter.ORDINARY) -> ClauseDraft:
    """Words of one's own."""
    return ClauseDraft(ClauseKind.FREE, title, text, matter)


async def titles(database: Database, agreement: Agreement) -> list[str]:
    """The titles in their order; positions count from one without gaps."""
    async with database.read() as db:
        clauses = await clauses_of(db, agreement.id)
        assert [clause.position for clause in clauses] == list(range(1, len(clauses) + 1))
        return [clause.title for clause in clauses]


async def test_the_template_gives_a_visiting_clause_and_two_more(story_on: StoryOn) -> None:
    database, story = story_on
    agreement = await database.write(lambda db: start_agreement(db, story.mediator.actor(), story.case.id))
    assert (agreement.number, agreement.version, agreement.state) == (
        "(2026)青家调0318号-1", 1, AgreementState.DRAFTING,
    )  # fmt: skip
    assert await titles(database, agreement) == ["探望", "孩子生病或有课", "说话和态度"]
    with pytest.raises(Conflict, match="draft_open"):
        await database.write(lambda db: start_agreement(db, story.mediator.actor(), story.case.id))


async def test_clauses_are_added_moved_and_removed(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    actor, case = story.mediator.actor(), story.case.id
    agreement = await drafted(database, story, settings)
    added = await database.write(lambda db: add_clause(db, actor, case, 2, free(), settings=settings))
    assert await titles(database, agreement) == ["探望", "孩子生病或有课", "说话和态度", "说话"]
    await database.write(lambda db: move_clause(db, actor, case, 3, added.id, -1))
    assert await titles(database, agreement) == ["探望", "孩子生病或有课", "说话", "说话和态度"]
    await database.write(lambda db: remove_clause(db, actor, case, 4, added.id))
    assert await titles(database, agreement) == ["探望", "孩子生病或有课", "说话和态度"]
    assert (await reread(database, story)).version == 5
    async with database.read() as db:
        actions = (await db.scalars(select(JournalEntry.action).order_by(JournalEntry.seq))).all()
        assert list(actions) == [
            "agreement_started",
            "clause_changed",
            "clause_added",
            "clause_moved",
            "clause_removed",
        ]


async def test_a_change_of_an_older_version_is_refused_and_changes_nothing(
    story_on: StoryOn, settings: Settings
) -> None:
    database, story = story_on
    actor, case = story.mediator.actor(), story.case.id
    agreement = await drafted(database, story, settings)
    async with database.read() as db:
        clause = (await clauses_of(db, agreement.id))[1]
    for verb in (
        lambda db: add_clause(db, actor, case, 1, free(), settings=settings),
        lambda db: edit_clause(db, actor, case, 1, clause.id, free(), settings=settings),
        lambda db: remove_clause(db, actor, case, 1, clause.id),
        lambda db: move_clause(db, actor, case, 3, clause.id, 1),
        lambda db: write_facts(db, actor, case, 1, "事实", settings=settings),
        lambda db: offer(db, actor, case, 1, settings=settings),
    ):
        with pytest.raises(Conflict, match="draft_changed"):
            await database.write(verb)
    assert (await reread(database, story)).version == 2
    assert await titles(database, agreement) == ["探望", "孩子生病或有课", "说话和态度"]


async def test_saving_what_is_there_changes_nothing(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    async with database.read() as db:
        first = (await clauses_of(db, agreement.id))[0]
    await database.write(
        lambda db: edit_clause(
            db, story.mediator.actor(), story.case.id, 2, first.id, visiting(story), settings=settings
        )
    )
    assert ((await reread(database, story)).state, (await reread(database, story)).version) == ("offered", 2)


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (free(text=""), "clause_refused"),
        (free(text="  \n "), "clause_refused"),
        (free(title=""), "clause_refused"),
        (free(title="长" * 61), "clause_refused"),
        (free(text="长" * 10_001), "clause_refused"),
        (free(text="𠮷"), "missing_glyph"),
        (free(text="看\u202e不\u202c见"), "missing_glyph"),
        (free(title="\u200b零"), "missing_glyph"),
        (free(text="\x00"), "missing_glyph"),
        (free(text="打 138 0000 2051"), "contact_in_terms"),
        (free(text="打18612345678"), "contact_in_terms"),
        (free(text="打１３８００００２０５１"), "contact_in_terms"),
        (free(text="写信到 Lin.Guodong@Example.org"), "contact_in_terms"),
        (free(text="身份证 11010119900307123X"), "contact_in_terms"),
        (free(text="住在青禾市王芳路 1号"), "contact_in_terms"),
        (free(text="写信到 lin.guodong@example.org"), "contact_in_terms"),
        (ClauseDraft(ClauseKind.VISITING, "探望", fields={"visitor": "nobody"}), "clause_refused"),
        (ClauseDraft(ClauseKind.VISITING, "探望", fields={"what": "长" * 201}), "clause_refused"),
        (ClauseDraft(ClauseKind.VISITING, "探望", fields={"rrule": "FREQ=SECONDLY"}), "clause_refused"),
    ],
)
async def test_what_can_not_be_in_an_agreement_is_refused(
    sqlite: Database, story: Story, settings: Settings, draft: ClauseDraft, code: str
) -> None:
    await drafted(sqlite, story, settings)
    with pytest.raises(Invalid, match=code):
        await sqlite.write(
            lambda db: add_clause(db, story.mediator.actor(), story.case.id, 2, draft, settings=settings)
        )
    assert (await reread(sqlite, story)).version == 2


async def test_nor_does_it_hold_how_to_reach_somebody_who_comes_along(
    sqlite: Database, story: Story, settings: Settings
) -> None:
    await drafted(sqlite, story, settings)

    async def come(db: AsyncSession) -> None:
        aunt = Person(name="王秀英", called="王阿姨", address="青禾市南门街 7 号", created_at=now())
        db.add(aunt)
        await db.flush()
        role = {"role": ParticipantRole.COMPANION, "side": Side.APPLICANT, "required": False}
        db.add(Participant(session_id=story.session.id, person_id=aunt.id, **role))

    await sqlite.write(come)
    at_hers = free(text="孩子住在南门街7号的王阿姨家。"), free(text="孩子住在青禾市南门街7号的王阿姨家。")
    actor, case_id = story.mediator.actor(), story.case.id
    await sqlite.write(lambda db: add_clause(db, actor, case_id, 2, at_hers[0], settings=settings))
    with pytest.raises(Invalid, match="contact_in_terms"):
        await sqlite.write(lambda db: add_clause(db, actor, case_id, 3, at_hers[1], settings=settings))


async def test_hostile_words_and_ten_thousand_characters_are_kept_as_they_are(
    sqlite: Database, story: Story, settings: Settings
) -> None:
    await drafted(sqlite, story, settings)
    for version, text in enumerate(('#panic("x") <script>alert(1)</script> {{7*7}} %s', "长" * 10_000), start=2):
        clause = await sqlite.write(
            lambda db, text=text, version=version: add_clause(
                db, story.mediator.actor(), story.case.id, version, free(text=text), settings=settings
            )
        )
        async with sqlite.read() as db:
            assert (await db.get_one(Clause, clause.id)).text == text


async def test_not_more_than_so_many_clauses(sqlite: Database, story: Story, settings: Settings) -> None:
    agreement = await drafted(sqlite, story, settings)

    async def fill(db: AsyncSession) -> None:
        for version in range(2, 2 + MOST_CLAUSES - 3):
            await add_clause(db, story.mediator.actor(), story.case.id, version, free(), settings=settings)

    await sqlite.write(fill)
    assert len(await titles(sqlite, agreement)) == MOST_CLAUSES
    version = (await reread(sqlite, story)).version
    with pytest.raises(Invalid, match="too_many_clauses"):
        await sqlite.write(
            lambda db: add_clause(db, story.mediator.actor(), story.case.id, version, free(), settings=settings)
        )


@pytest.mark.parametrize("who", ["judge", "worker", "archivist", "admin"])
async def test_only_mediators_write(sqlite: Database, story: Story, who: str) -> None:
    actor = getattr(story, who).actor()
    with pytest.raises((NotAllowed, NotFound)):
        await sqlite.write(lambda db: start_agreement(db, actor, story.case.id))


async def test_a_mediator_of_another_organisation_finds_nothing(sqlite: Database, story: Story) -> None:
    with pytest.raises(NotFound, match="case_not_found"):
        await sqlite.write(lambda db: start_agreement(db, story.stranger.actor(), story.case.id))


async def test_an_unclear_clause_is_not_offered(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    await database.write(lambda db: start_agreement(db, story.mediator.actor(), story.case.id))
    with pytest.raises(Invalid, match="unclear_clause") as refused:
        await database.write(lambda db: offer(db, story.mediator.actor(), story.case.id, 1, settings=settings))
    assert refused.value.values == {"number": 1}


async def test_what_needs_paper_is_not_offered(sqlite: Database, story: Story, settings: Settings) -> None:
    await drafted(sqlite, story, settings)
    strict = settings.model_copy(update={"visiting_esign": False})
    with pytest.raises(Invalid, match="paper_needed"):
        await sqlite.write(lambda db: offer(db, story.mediator.actor(), story.case.id, 2, settings=strict))
    heirloom = free(matter=Matter.INHERITANCE)
    await sqlite.write(lambda db: add_clause(db, story.mediator.actor(), story.case.id, 2, heirloom, settings=settings))
    with pytest.raises(Invalid, match="paper_needed") as refused:
        await sqlite.write(lambda db: offer(db, story.mediator.actor(), story.case.id, 3, settings=settings))
    assert refused.value.values == {"number": 4}


async def test_a_name_that_can_not_be_printed_is_named_before_anybody_signs(
    sqlite: Database, story: Story, settings: Settings
) -> None:
    await drafted(sqlite, story, settings)

    async def rename(db: AsyncSession) -> None:
        story.father.person.name = "林𠮷"
        await db.merge(story.father.person)

    await sqlite.write(rename)
    with pytest.raises(Invalid, match="missing_glyph"):
        await sqlite.write(lambda db: offer(db, story.mediator.actor(), story.case.id, 2, settings=settings))


async def test_nor_is_what_the_document_could_not_name_its_organisation(
    sqlite: Database, story: Story, settings: Settings
) -> None:
    await drafted(sqlite, story, settings)
    renamed = update(Organisation).where(Organisation.id == story.federation.id).values(name="𠮷川市妇联")
    await sqlite.write(lambda db: db.execute(renamed))
    with pytest.raises(Invalid, match="missing_glyph"):
        await sqlite.write(lambda db: offer(db, story.mediator.actor(), story.case.id, 2, settings=settings))


async def test_the_offer_fixes_parties_and_hash(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement = await offered(database, story, settings)
    assert agreement.state is AgreementState.OFFERED
    assert [(party["role"], party["name"], party["called"]) for party in agreement.parties] == [
        ("applicant", "王芳", "王女士"), ("respondent", "林国栋", "林先生"),
    ]  # fmt: skip
    assert len(agreement.content_hash or "") == 64


async def test_a_draft_is_ended_and_another_may_be_started(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    assert not await database.write(lambda db: end_draft(db, story.mediator.actor(), story.case.id, "没有谈成"))
    await offered(database, story, settings)
    assert await database.write(lambda db: end_draft(db, story.mediator.actor(), story.case.id, "没有谈成"))
    async with database.read() as db:
        assert await current_agreement(db, story.case.id) is None
    again = await database.write(lambda db: start_agreement(db, story.mediator.actor(), story.case.id, "empty"))
    assert again.number.endswith("-2")
