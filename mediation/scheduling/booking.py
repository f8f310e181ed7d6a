"""Book a session, move it, cancel it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import case_for
from mediation.cases.models import CaseFile, CaseState
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Conflict, Invalid
from mediation.i18n import marked
from mediation.invitations.announce import announce_booked, announce_cancelled, announce_changed
from mediation.journal.record import record
from mediation.people.queries import protected_among
from mediation.permissions import Action
from mediation.scheduling.claims import give_back, hold_people, refuse_taken, take
from mediation.scheduling.expected import confirm_expected
from mediation.scheduling.rules import given_reason, session_span
from mediation.sessions.models import MediationSession, Mode, Participant, Reply, SessionKind
from mediation.sessions.queries import session_for
from mediation.sessions.rules import Command, Expected, check_expected, next_state

LONGEST_QUESTION = 2000  # characters
_QUESTION = marked("Please write the question to the judge, in at most 2000 characters.")


async def book(
    db: AsyncSession,
    actor: StaffActor,
    case_id: str,
    *,
    kind: SessionKind,
    mode: Mode,
    starts_at: datetime,
    minutes: int,
    expected: Sequence[Expected],
    question: str = "",
) -> MediationSession:
    """Book a session of an open case and invite everybody, each by their own link.

    `question` is what the judge is asked, needed for a consultation. Raises NotFound, NotAllowed,
    Invalid (the codes of session_span, confirm_expected, check_expected; question_needed),
    Conflict("case_closed"), Conflict("slot_taken") with the names of who is not free.
    """
    span = session_span(starts_at, minutes, now())
    question = _asked(kind, question)
    case = await case_for(db, actor, case_id, Action.BOOK)
    await confirm_expected(db, case, expected)
    people = [each.person_id for each in expected]
    await refuse_taken(db, people, span)  # most losers of a race learn it here, without waiting for a lock
    await hold_people(db, people)
    await refuse_taken(db, people, span)
    check_expected(kind, mode, expected, await protected_among(db, people))
    session = MediationSession(
        case_id=case.id, number=await _next_number(db, case), kind=kind, mode=mode, starts_at=span[0], ends_at=span[1],
        question=question, booked_by_staff_id=actor.staff_id, created_at=now(),
    )  # fmt: skip
    db.add(session)
    await db.flush()
    await take(db, session.id, people, span)
    db.add_all(_participant(session, each) for each in expected)
    await db.flush()
    await announce_booked(db, session, actor)
    touched(db, "session", session.id)
    _journal(db, actor, "session_booked", session)
    return session


async def reschedule(
    db: AsyncSession,
    actor: StaffActor,
    session_id: str,
    starts_at: datetime,
    minutes: int,
    reason: str,
    revision: int | None = None,
) -> MediationSession:
    """Move a booked session to another time; everybody is told, and asked again whether they come.

    `revision` is the one that the actor saw. Raises what `book` raises, Invalid("reason_needed"), Conflict when it is
    not booked any more, Conflict("session_changed") when somebody else moved it meanwhile.
    """
    span = session_span(starts_at, minutes, now())
    reason = given_reason(reason)
    session, participants = await _held(db, actor, session_id, Command.RESCHEDULE, revision)
    people = [each.person_id for each in participants]
    await refuse_taken(db, people, span, besides=session.id)
    expected = [Expected(p.person_id, p.role, p.side, p.required, p.staff_id) for p in participants]
    check_expected(session.kind, session.mode, expected, await protected_among(db, people))
    before = session.starts_at
    session.starts_at, session.ends_at = span
    session.reason = reason
    await give_back(db, session.id)
    await take(db, session.id, people, span)
    for each in participants:
        each.reply, each.reply_note, each.replied_at = Reply.NONE, "", None
    await announce_changed(db, session, actor)
    touched(db, "session", session.id)
    _journal(db, actor, "session_rescheduled", session, before=before.isoformat())
    return session


async def cancel(
    db: AsyncSession, actor: StaffActor, session_id: str, reason: str, revision: int | None = None
) -> MediationSession:
    """Cancel a booked session: everybody is told, their time is free again, their links no longer lead in.

    `revision` is the one that the actor saw. Raises NotFound, NotAllowed, Invalid("reason_needed"), Conflict as
    `reschedule` does.
    """
    reason = given_reason(reason)
    session, _participants = await _held(db, actor, session_id, Command.CANCEL, revision)
    session.reason = reason
    session.ended_at = now()
    await give_back(db, session.id)
    await announce_cancelled(db, session)
    touched(db, "session", session.id)
    _journal(db, actor, "session_cancelled", session)
    return session


def _asked(kind: SessionKind, question: str) -> str:
    question = question.strip()
    if (kind is SessionKind.CONSULTATION and not question) or len(question) > LONGEST_QUESTION:
        raise Invalid("question_needed", _QUESTION, fields={"question": _QUESTION})
    return question


async def _next_number(db: AsyncSession, case: CaseFile) -> int:
    # The case's row is locked after the people's rows, by everybody: two bookings of one case can't get one number.
    await db.refresh(case, with_for_update=True)
    if case.state is CaseState.CLOSED:
        raise Conflict("case_closed", "This case file is closed.")
    highest = select(func.max(MediationSession.number)).where(MediationSession.case_id == case.id)
    return (await db.scalar(highest) or 0) + 1


async def _held(
    db: AsyncSession, actor: StaffActor, session_id: str, command: Command, revision: int | None
) -> tuple[MediationSession, list[Participant]]:
    """The session after `command`, and who is expected; the people's rows and then its own are locked."""
    session, _case = await session_for(db, actor, session_id, Action.BOOK)
    expected = select(Participant).where(Participant.session_id == session_id, Participant.removed_at.is_(None))
    participants = list((await db.scalars(expected)).all())
    await hold_people(db, [each.person_id for each in participants])
    await db.refresh(session, with_for_update=True)
    session.state = next_state(session.state, command)
    if revision not in (None, session.revision):
        raise Conflict(
            "session_changed", "Somebody else has changed this in the meantime. What you wrote is still here."
        )
    session.revision += 1
    return session, participants


def _participant(session: MediationSession, each: Expected) -> Participant:
    return Participant(
        session_id=session.id, person_id=each.person_id, staff_id=each.staff_id, role=each.role, side=each.side,
        required=each.required,
    )  # fmt: skip


def _journal(db: AsyncSession, actor: StaffActor, action: str, session: MediationSession, **data: str) -> None:
    record(
        db, actor, action, case_id=session.case_id, subject=session.id, number=session.number, kind=session.kind.value,
        starts_at=session.starts_at.isoformat(), **data,
    )  # fmt: skip
