"""The outcome: ends the session, demands the agreement, files the papers, closes the case (法释〔2021〕23号 art. 20, 21, 25)."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.agreements.filing import file_pdf
from mediation.agreements.offering import end_draft
from mediation.agreements.queries import effective_agreements
from mediation.cases.access import case_for
from mediation.cases.filing import file_document
from mediation.cases.models import CaseFile, CaseState, DocumentKind, Outcome
from mediation.cases.parties import must_be_open
from mediation.clock import now
from mediation.closing.bundle import Bundle, collect, set_papers
from mediation.closing.rules import check_closing
from mediation.config import Settings
from mediation.db import Database
from mediation.documents.store import fetch
from mediation.errors import Conflict
from mediation.journal.record import record
from mediation.minutes.filing import file_minutes
from mediation.minutes.models import Minutes
from mediation.permissions import Action
from mediation.sessions.kinds import SessionKind, SessionState
from mediation.sessions.models import MediationSession
from mediation.sessions.queries import session_for
from mediation.sessions.states import end


async def close_session(
    database: Database, settings: Settings, actor: StaffActor, session_id: str, outcome: Outcome, reason: str
) -> CaseFile:
    """End the session if it is live, make the papers, then close the case and file them in one transaction.

    The session ends first, since minutes and attendance tell when it did. Whatever fails after that leaves the case open
    with an ended session, from which it can be closed again.
    Raises as `close` does; Unavailable when a paper can't be made.
    """
    await database.write(lambda db: _end(db, actor, session_id, outcome, reason))
    try:
        return await _prepare_and_close(database, settings, actor, session_id, outcome, reason)
    except Conflict as changed:
        if changed.code != "papers_changed":
            raise
    return await _prepare_and_close(database, settings, actor, session_id, outcome, reason)


async def close(
    db: AsyncSession,
    actor: StaffActor,
    session_id: str,
    outcome: Outcome,
    reason: str,
    *,
    bundle: Bundle,
    settings: Settings,
) -> CaseFile:
    """File what `bundle` holds and close the case file; its unfinished draft of an agreement ends.

    Raises NotFound, NotAllowed, what `check_closing` raises, Conflict("case_closed", "session_still_booked",
    "papers_changed").
    """
    session, _case = await session_for(db, actor, session_id, Action.CLOSE_CASE)
    case = await case_for(db, actor, session.case_id, Action.CLOSE_CASE, lock=True)
    must_be_open(case)
    # First of all, since it holds the agreement's row: a last signature comes before this closing, or finds no draft.
    await end_draft(db, actor, case.id, reason)
    await _check(db, case, session, outcome, reason)
    bundle.must_be_of(await _sources(db, case, outcome, reason, bundle.at, settings))
    for filed in bundle.filed:
        await file_document(
            db, actor, case, filed.kind, filed.title, sha256=filed.sha256, size=filed.size, at=bundle.at
        )
    case.state, case.outcome, case.outcome_reason, case.closed_at = CaseState.CLOSED, outcome, reason.strip(), bundle.at
    case.revision += 1
    record(db, actor, "case_closed", case_id=case.id, subject=session_id, outcome=outcome.value)
    await db.flush()
    return case


async def end_for_now(db: AsyncSession, actor: StaffActor, session_id: str) -> MediationSession:
    """The session is over without an outcome; the case stays open for the next one. Raises as `sessions.states.end`."""
    return await end(db, actor, session_id)


async def _end(db: AsyncSession, actor: StaffActor, session_id: str, outcome: Outcome, reason: str) -> None:
    session, case = await session_for(db, actor, session_id, Action.CLOSE_CASE, lock=True)
    await _check(db, case, session, outcome, reason)
    if session.state is SessionState.LIVE:
        await end(db, actor, session_id)


async def _prepare_and_close(
    database: Database, settings: Settings, actor: StaffActor, session_id: str, outcome: Outcome, reason: str
) -> CaseFile:
    bundle = Bundle(now())
    async with database.read() as db:
        session, case = await session_for(db, actor, session_id, Action.CLOSE_CASE)
        papers = await collect(db, case, outcome, reason, bundle.at, settings)
        agreements = await effective_agreements(db, case.id)
        minuted = await _minuted(db, case.id)
    await set_papers(papers, bundle, settings)
    for session in minuted:
        digest = await file_minutes(database, settings, actor, session.id)
        content = await asyncio.to_thread(fetch, settings.data_dir, digest)
        bundle.add(f"minutes:{session.id}", DocumentKind.MINUTES, f"调解笔录 第{session.number}次", content)
    for agreement in agreements:
        digest = await file_pdf(database, settings, agreement.id)
        content = await asyncio.to_thread(fetch, settings.data_dir, digest)
        bundle.add(f"agreement:{agreement.id}", DocumentKind.AGREEMENT, f"调解协议 {agreement.number}", content)
    return await database.write(
        lambda db: close(db, actor, session_id, outcome, reason, bundle=bundle, settings=settings)
    )


async def _sources(
    db: AsyncSession, case: CaseFile, outcome: Outcome, reason: str, at: datetime, settings: Settings
) -> set[str]:
    papers = await collect(db, case, outcome, reason, at, settings)
    return {
        *(paper.key for paper in papers),
        *(f"minutes:{session.id}" for session in await _minuted(db, case.id)),
        *(f"agreement:{agreement.id}" for agreement in await effective_agreements(db, case.id)),
    }


async def _minuted(db: AsyncSession, case_id: str) -> Sequence[MediationSession]:
    """The sessions that have minutes: every mediation that took place (法释〔2021〕23号 art. 22), and consultations of
    which somebody wrote some."""
    written = select(Minutes.session_id).where(Minutes.case_id == case_id)
    ended = select(MediationSession).where(
        MediationSession.case_id == case_id,
        MediationSession.state == SessionState.ENDED,
        or_(MediationSession.kind == SessionKind.MEDIATION, MediationSession.id.in_(written)),
    )
    return (await db.scalars(ended.order_by(MediationSession.number))).all()


async def _check(db: AsyncSession, case: CaseFile, session: MediationSession, outcome: Outcome, reason: str) -> None:
    must_be_open(case)
    in_effect = bool(await effective_agreements(db, case.id))
    check_closing(session.kind, session.state, outcome, reason, in_effect)
    waiting = select(MediationSession.id).where(
        MediationSession.case_id == case.id,
        MediationSession.id != session.id,
        MediationSession.state.in_((SessionState.BOOKED, SessionState.LIVE)),
    )
    if await db.scalar(waiting):
        raise Conflict(
            "session_still_booked", "Another session of this case is still booked. Please cancel or end it first."
        )
