"""A judge on call: ask with the question ahead, answer with one click, leave advice for the case file."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import case_for, require, visible_to
from mediation.cases.models import CaseFile
from mediation.cases.parties import must_be_open
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Conflict, Invalid, NotAllowed, NotFound
from mediation.journal.record import record
from mediation.live.models import Consultation
from mediation.live.seating import Live, changed, load, load_for_host, own_participant
from mediation.people.queries import kept_apart_from
from mediation.permissions import Action
from mediation.sessions.models import MediationSession, Participant, ParticipantRole, SessionState, Side

LONGEST = 2000  # characters, of a question and of an advice note


async def ask_judge(db: AsyncSession, actor: StaffActor, session_id: str, question: str) -> Consultation:
    """Ask the judges on call; they see the question before they join. A new question replaces an open one."""
    live = await load_for_host(db, actor, session_id)
    question = _text(question)
    await _withdraw_open(db, session_id)
    asked = Consultation(
        session_id=session_id, case_id=live.session.case_id, question=question, asked_by_staff_id=actor.staff_id,
        asked_at=now(), advice="",
    )  # fmt: skip
    db.add(asked)
    await db.flush()
    changed(db, actor, live, "judge_asked", consultation=asked.id)
    return asked


async def withdraw_question(db: AsyncSession, actor: StaffActor, session_id: str) -> None:
    """No judge is needed any more."""
    live = await load_for_host(db, actor, session_id)
    await _withdraw_open(db, session_id)
    changed(db, actor, live, "question_withdrawn")


async def answer_call(db: AsyncSession, actor: StaffActor, consultation_id: str) -> str:
    """The judge takes the call and is expected in the session from now on; gives the session's id.

    Raises NotFound for a question the judge may not see, Conflict when another judge was faster or it is over,
    NotAllowed when the judge was taken out of the session, or is kept apart from one of the parties.
    """
    require(actor, Action.ADVISE)
    asked = await _visible(db, actor, consultation_id)
    live = await load(db, asked.session_id, lock=True)
    await db.refresh(asked)
    if asked.withdrawn_at or live.session.state in (SessionState.ENDED, SessionState.CANCELLED):
        raise Conflict("question_gone", "This question is no longer open.")
    if asked.judge_staff_id not in (None, actor.staff_id):
        raise Conflict("question_taken", "Another judge has taken this question.")
    if asked.judge_staff_id is None:
        asked.judge_staff_id, asked.answered_at = actor.staff_id, now()
        await _expect(db, actor, live)
        changed(db, actor, live, "judge_answered", consultation=asked.id)
    return asked.session_id


async def advise(db: AsyncSession, actor: StaffActor, consultation_id: str, advice: str) -> Consultation:
    """Leave the advice note; it goes to the case file. It may be made more exact until the case is closed.

    Raises NotFound, NotAllowed, Conflict for a question that another judge took and when the case is closed.
    """
    require(actor, Action.ADVISE)
    asked = await _visible(db, actor, consultation_id)
    if asked.judge_staff_id != actor.staff_id:
        raise Conflict("question_taken", "Another judge has taken this question.")
    must_be_open(await case_for(db, actor, asked.case_id, Action.ADVISE, lock=True))
    asked.advice, asked.advised_at = _text(advice), now()
    record(db, actor, "advice_given", case_id=asked.case_id, subject=asked.id)
    touched(db, "session", asked.session_id)
    return asked


async def open_questions(db: AsyncSession, actor: StaffActor) -> list[tuple[Consultation, CaseFile, MediationSession]]:
    """What judges of this court are asked now, and what this judge took, newest first."""
    rows = await db.execute(
        select(Consultation, CaseFile, MediationSession)
        .join(CaseFile, CaseFile.id == Consultation.case_id)
        .join(MediationSession, MediationSession.id == Consultation.session_id)
        .where(
            visible_to(actor),
            Consultation.withdrawn_at.is_(None),
            (Consultation.judge_staff_id == actor.staff_id)
            | (
                Consultation.judge_staff_id.is_(None)
                & MediationSession.state.in_((SessionState.BOOKED, SessionState.LIVE))
            ),
        )
        .order_by(Consultation.asked_at.desc())
        .limit(50)
    )
    return [(asked, case, session) for asked, case, session in rows]


async def _expect(db: AsyncSession, actor: StaffActor, live: Live) -> None:
    """Expect the judge from now on. No quarter-hour is claimed: docs/decisions/0009-a-judge-on-call-claims-no-time.md."""
    people = {person.id for _, person in live.expected.values()}
    if actor.person_id in people:
        own_participant(live, actor)
        return
    if await kept_apart_from(db, actor.person_id) & people:
        raise NotAllowed("kept_apart", "These two are kept apart. They can't be in one room.")
    db.add(
        Participant(
            session_id=live.session.id, person_id=actor.person_id, staff_id=actor.staff_id, role=ParticipantRole.JUDGE,
            side=Side.NEUTRAL, required=False,
        )
    )  # fmt: skip


async def _visible(db: AsyncSession, actor: StaffActor, consultation_id: str) -> Consultation:
    asked = await db.get(Consultation, consultation_id)
    if asked is None:
        raise NotFound("question_not_found", "There is no such question.")
    await case_for(db, actor, asked.case_id, Action.ADVISE)
    return asked


async def _withdraw_open(db: AsyncSession, session_id: str) -> None:
    still_open = select(Consultation).where(
        Consultation.session_id == session_id,
        Consultation.judge_staff_id.is_(None),
        Consultation.withdrawn_at.is_(None),
    )
    for consultation in await db.scalars(still_open):
        consultation.withdrawn_at = now()


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise Invalid("empty_text", "Please write something first.")
    if len(text) > LONGEST:
        raise Invalid("text_too_long", "This is too long. Please split it.")
    return text
