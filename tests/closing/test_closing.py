"""Close a case: what is demanded, what is filed, what stays when it is refused."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.kinds import AgreementState
from mediation.agreements.models import Agreement
from mediation.cases.access import case_for
from mediation.cases.models import CaseDocument, CaseFile, CaseState, DocumentKind, Outcome
from mediation.clock import now
from mediation.closing import closing
from mediation.closing.bundle import Bundle
from mediation.closing.closing import close, close_session, end_for_now
from mediation.config import Settings
from mediation.db import Database
from mediation.documents.store import fetch
from mediation.errors import Conflict, Invalid, NotAllowed, NotFound
from mediation.journal.models import JournalEntry
from mediation.live import connections
from mediation.live.kinds import Ending
from mediation.live.models import Attendance
from mediation.minutes.kinds import Part
from mediation.minutes.writing import write_part
from mediation.people.models import Person
from mediation.permissions import Action
from mediation.sessions.models import (
    Consent,
    MediationSession,
    Mode,
    SessionKind,
    SessionState,
    TimeClaim,
)
from mediation.sessions.queries import session_for
from mediation.sessions.states import start
from tests.agreements.steps import agree, confirm, drafted, offered, sign, submit, taken_effect
from tests.story import Story


@pytest.fixture
async def held(story_on: tuple[Database, Story]) -> tuple[Database, Story]:
    """The story's session is live; both parties consented and are there."""
    database, story = story_on

    async def unit(db: AsyncSession) -> None:
        await start(db, story.mediator.actor(), story.session.id)
        for guest in (story.mother, story.father):
            participant = guest.participant.id
            db.add(
                Consent(
                    participant_id=participant, subject="online_mediation", text_version="2026-11", given=True, at=now()
                )
            )
            db.add(Attendance(session_id=story.session.id, participant_id=participant, came_at=now()))
            span = await connections.began(db, story.session.id, participant, Ending.BROKEN_OFF)
        await connections.lost(db, span, Ending.NETWORK_SILENT, now())

    await database.write(unit)
    return database, story


async def stored(
    database: Database, story: Story
) -> tuple[CaseFile, MediationSession, dict[DocumentKind, CaseDocument]]:
    async with database.read() as db:
        case = await db.get_one(CaseFile, story.case.id)
        session = await db.get_one(MediationSession, story.session.id)
        documents = await db.scalars(select(CaseDocument).where(CaseDocument.case_id == case.id))
        return case, session, {document.kind: document for document in documents}


def text_of(settings: Settings, document: CaseDocument, folder: Path) -> str:
    """The text of a filed PDF, whose bytes are what the row says."""
    content = fetch(settings.data_dir, document.sha256)
    assert len(content) == document.size
    path = folder / "paper.pdf"
    path.write_bytes(content)
    return "".join(page.extract_text() for page in PdfReader(path).pages).replace("\n", "")


async def test_failed_closes_the_case_and_files_the_papers(
    held: tuple[Database, Story], settings: Settings, tmp_path: Path
) -> None:
    database, story = held
    await story.identify(database)
    await close_session(
        database, settings, story.mediator.actor(), story.session.id, Outcome.FAILED, " 探望时间谈不拢。 "
    )
    case, session, documents = await stored(database, story)
    assert (case.state, case.outcome, case.outcome_reason) == (CaseState.CLOSED, Outcome.FAILED, "探望时间谈不拢。")
    assert case.closed_at is not None
    assert session.state is SessionState.ENDED
    assert set(documents) >= {
        DocumentKind.MINUTES,
        DocumentKind.INTAKE,
        DocumentKind.CONSENTS,
        DocumentKind.IDENTITY,
        DocumentKind.ATTENDANCE,
        DocumentKind.CLOSING_STATEMENT,
    }
    assert DocumentKind.AGREEMENT not in documents
    assert "探望时间谈不拢" in text_of(settings, documents[DocumentKind.CLOSING_STATEMENT], tmp_path)
    intake = text_of(settings, documents[DocumentKind.INTAKE], tmp_path)
    assert "王芳" in intake
    assert "138****2051" in intake
    assert "13800002051" not in intake
    assert "路1号" not in intake
    assert "居民身份证" in text_of(settings, documents[DocumentKind.IDENTITY], tmp_path)
    attendance = text_of(settings, documents[DocumentKind.ATTENDANCE], tmp_path)
    assert "没有到场" in attendance
    assert "断线：这一方的网络没有动静；之后没有接回" in attendance
    assert "到场情况" in text_of(settings, documents[DocumentKind.MINUTES], tmp_path)
    async with database.read() as db:
        entries = (await db.scalars(select(JournalEntry).where(JournalEntry.case_id == case.id))).all()
        assert [entry.data for entry in entries if entry.action == "case_closed"] == [{"outcome": "failed"}]
        assert sum(entry.action == "document_filed" for entry in entries) == len(documents)


async def test_agreed_files_the_signed_agreement(
    held: tuple[Database, Story], settings: Settings, tmp_path: Path
) -> None:
    database, story = held
    agreement = await offered(database, story, settings)
    for guest in (story.mother, story.father):
        await sign(database, guest, agreement)
    await close_session(database, settings, story.mediator.actor(), story.session.id, Outcome.AGREED, "")
    case, _session, documents = await stored(database, story)
    assert case.outcome is Outcome.AGREED
    assert DocumentKind.CLOSING_STATEMENT not in documents
    assert agreement.number in documents[DocumentKind.AGREEMENT].title
    assert "探望" in text_of(settings, documents[DocumentKind.AGREEMENT], tmp_path)


async def test_agreed_is_refused_until_both_have_signed(held: tuple[Database, Story], settings: Settings) -> None:
    database, story = held
    agreement = await offered(database, story, settings)
    await sign(database, story.mother, agreement)
    with pytest.raises(Conflict) as refused:
        await close_session(database, settings, story.mediator.actor(), story.session.id, Outcome.AGREED, "")
    assert refused.value.code == "agreement_missing"
    case, session, documents = await stored(database, story)
    assert (case.state, session.state, documents) == (CaseState.OPEN, SessionState.LIVE, {})


async def test_a_draft_ends_with_a_failed_mediation(held: tuple[Database, Story], settings: Settings) -> None:
    database, story = held
    draft = await drafted(database, story, settings)
    await close_session(database, settings, story.mediator.actor(), story.session.id, Outcome.FAILED, "谈不拢")
    async with database.read() as db:
        assert (await db.get_one(Agreement, draft.id)).state is AgreementState.VOID


async def test_without_a_reason_nothing_is_closed(held: tuple[Database, Story], settings: Settings) -> None:
    database, story = held
    with pytest.raises(Invalid):
        await close_session(database, settings, story.mediator.actor(), story.session.id, Outcome.WITHDRAWN, " ")
    assert (await stored(database, story))[0].state is CaseState.OPEN


@pytest.mark.parametrize(("member", "error"), [("judge", NotAllowed), ("worker", NotAllowed), ("stranger", NotFound)])
async def test_only_a_mediator_of_the_case_may(
    sqlite: Database, story: Story, settings: Settings, member: str, error: type[Exception]
) -> None:
    actor = getattr(story, member).actor()
    with pytest.raises(error):
        await close_session(sqlite, settings, actor, story.session.id, Outcome.FAILED, "谈不拢")


async def test_a_closed_case_is_not_closed_again(held: tuple[Database, Story], settings: Settings) -> None:
    database, story = held
    actor = story.mediator.actor()
    await close_session(database, settings, actor, story.session.id, Outcome.WITHDRAWN, "不想继续")
    with pytest.raises(Conflict) as refused:
        await close_session(database, settings, actor, story.session.id, Outcome.FAILED, "谈不拢")
    assert refused.value.code == "case_closed"


async def test_another_booked_session_has_to_go_first(held: tuple[Database, Story], settings: Settings) -> None:
    database, story = held

    async def book(db: AsyncSession) -> None:
        later = now() + timedelta(days=7)
        db.add(
            MediationSession(
                case_id=story.case.id,
                number=2,
                kind=SessionKind.MEDIATION,
                mode=Mode.JOINT,
                starts_at=later,
                ends_at=later + timedelta(hours=1),
                booked_by_staff_id=story.mediator.staff.id,
                created_at=now(),
            )
        )

    await database.write(book)
    with pytest.raises(Conflict) as refused:
        await close_session(database, settings, story.mediator.actor(), story.session.id, Outcome.FAILED, "谈不拢")
    assert refused.value.code == "session_still_booked"


async def test_what_changed_while_the_papers_were_made_is_noticed(
    held: tuple[Database, Story], settings: Settings
) -> None:
    database, story = held
    await database.write(lambda db: end_for_now(db, story.mediator.actor(), story.session.id))
    stale = Bundle(now(), {"something else"})
    with pytest.raises(Conflict) as refused:
        await database.write(
            lambda db: close(
                db, story.mediator.actor(), story.session.id, Outcome.FAILED, "谈不拢", bundle=stale, settings=settings
            )
        )
    assert refused.value.code == "papers_changed"
    case, session, documents = await stored(database, story)
    assert (case.state, session.state, documents) == (CaseState.OPEN, SessionState.ENDED, {})


async def test_ending_for_now_leaves_the_case_open(held: tuple[Database, Story], settings: Settings) -> None:
    database, story = held
    await database.write(lambda db: end_for_now(db, story.mediator.actor(), story.session.id))
    case, session, documents = await stored(database, story)
    assert (case.state, session.state, documents) == (CaseState.OPEN, SessionState.ENDED, {})
    async with database.read() as db:
        later = select(TimeClaim).where(TimeClaim.session_id == story.session.id)
        assert len((await db.scalars(later)).all()) < 20
    await close_session(database, settings, story.mediator.actor(), story.session.id, Outcome.FAILED, "下次也谈不拢")
    assert (await stored(database, story))[0].outcome is Outcome.FAILED


async def test_a_character_that_cannot_be_printed_does_not_hinder_closing(
    held: tuple[Database, Story], settings: Settings, tmp_path: Path
) -> None:
    database, story = held
    await close_session(
        database, settings, story.mediator.actor(), story.session.id, Outcome.FAILED, "和𠮷某\r\n谈不拢"
    )
    _case, _session, documents = await stored(database, story)
    assert "和〔U+20BB7〕某" in text_of(settings, documents[DocumentKind.CLOSING_STATEMENT], tmp_path)


async def test_of_two_who_close_at_once_one_does(held: tuple[Database, Story], settings: Settings) -> None:
    database, story = held
    outcomes = (Outcome.FAILED, Outcome.WITHDRAWN)
    answers = await asyncio.gather(
        *(
            close_session(database, settings, story.mediator.actor(), story.session.id, outcome, "谈不拢")
            for outcome in outcomes
        ),
        return_exceptions=True,
    )
    (closed,) = [answer for answer in answers if isinstance(answer, CaseFile)]
    (refused,) = [answer for answer in answers if isinstance(answer, Conflict)]
    assert refused.code == "case_closed"
    case, _session, _documents = await stored(database, story)
    assert case.outcome is closed.outcome
    async with database.read() as db:
        kinds = list(await db.scalars(select(CaseDocument.kind)))
    assert len(kinds) == len(set(kinds))


async def test_who_waited_for_the_lock_sees_what_the_other_did(held: tuple[Database, Story]) -> None:
    database, story = held
    actor = story.mediator.actor()
    if database.is_sqlite:
        return  # one writer at a time: nobody can change anything in between

    async def second(db: AsyncSession) -> CaseState:
        _session, seen = await session_for(db, actor, story.session.id, Action.CLOSE_CASE)
        assert seen.state is CaseState.OPEN
        await database.write(lambda other: other.execute(update(CaseFile).values(state=CaseState.CLOSED)))
        return (await case_for(db, actor, story.case.id, Action.CLOSE_CASE, lock=True)).state

    assert await database.write(second) is CaseState.CLOSED


async def test_a_last_signature_while_the_case_is_closed_finds_no_draft(
    held: tuple[Database, Story], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise an agreement would be in effect in a case that was closed as failed, and in no file."""
    database, story = held
    actor, agreement = story.mediator.actor(), await offered(database, story, settings)
    await sign(database, story.mother, agreement)
    await agree(database, story.father, agreement)
    await submit(database, story.father, agreement)
    await database.write(lambda db: end_for_now(db, actor, story.session.id))
    found, signing, bundle = closing._sources, list[asyncio.Task[object]](), Bundle(now())
    async with database.read() as db:
        bundle.sources = await found(db, story.case, Outcome.FAILED, "谈不拢", bundle.at, settings)

    async def found_while_he_signs(*given: Any) -> set[str]:
        sources = await found(*given)
        signing.append(asyncio.ensure_future(confirm(database, story.father, agreement)))
        await asyncio.sleep(0.5)  # time enough to sign, if nothing held the agreement
        return sources

    monkeypatch.setattr(closing, "_sources", found_while_he_signs)
    await database.write(
        lambda db: close(db, actor, story.session.id, Outcome.FAILED, "谈不拢", bundle=bundle, settings=settings)
    )
    with pytest.raises(NotFound, match="agreement_not_found"):
        await signing[0]
    async with database.read() as db:
        assert (await db.get_one(Agreement, agreement.id)).state is AgreementState.VOID


async def test_every_agreement_in_effect_and_minutes_of_a_consultation_are_filed(
    held: tuple[Database, Story], settings: Settings
) -> None:
    database, story = held
    actor, moment = story.mediator.actor(), now()
    numbers: list[str] = []
    await story.identify(database)
    for _ in range(2):
        numbers.append((await taken_effect(database, story, settings)).number)
    talk = MediationSession(
        case_id=story.case.id, number=2, kind=SessionKind.CONSULTATION, mode=Mode.JOINT, state=SessionState.ENDED,
        starts_at=moment, ends_at=moment + timedelta(hours=1), started_at=moment, ended_at=moment,
        booked_by_staff_id=story.worker.staff.id, created_at=moment,
    )  # fmt: skip

    async def write(db: AsyncSession) -> None:
        db.add(talk)
        await db.flush()
        await write_part(db, story.worker.actor(), talk.id, Part.ADVICE, 0, "可以申请变更。", settings=settings)

    await database.write(write)
    await close_session(database, settings, actor, story.session.id, Outcome.AGREED, "")
    async with database.read() as db:
        kinds = (DocumentKind.AGREEMENT, DocumentKind.MINUTES)
        filed = await db.scalars(select(CaseDocument.title).where(CaseDocument.kind.in_(kinds)))
        assert sorted(filed) == sorted(
            [*(f"调解协议 {number}" for number in numbers), "调解笔录 第1次", "调解笔录 第2次"]
        )
    with pytest.raises(Conflict, match="minutes_final"):
        await database.write(
            lambda db: write_part(db, story.worker.actor(), talk.id, Part.ADVICE, 1, "改", settings=settings)
        )


async def test_a_rare_character_in_a_name_does_not_hinder_closing(
    held: tuple[Database, Story], settings: Settings, tmp_path: Path
) -> None:
    database, story = held
    await database.write(
        lambda db: db.execute(update(Person).where(Person.id == story.father.person.id).values(name="林𠮷"))
    )
    await close_session(database, settings, story.mediator.actor(), story.session.id, Outcome.FAILED, "谈不拢")
    _case, _session, documents = await stored(database, story)
    for kind in (DocumentKind.MINUTES, DocumentKind.INTAKE):
        assert "林〔U+20BB7〕" in text_of(settings, documents[kind], tmp_path)
