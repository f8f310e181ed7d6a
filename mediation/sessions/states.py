"""Start and end a session."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import require
from mediation.clock import now
from mediation.db import touched
from mediation.journal.record import record
from mediation.permissions import Action
from mediation.sessions.models import MediationSession, SessionKind, TimeClaim
from mediation.sessions.quarters import quarter_of
from mediation.sessions.queries import session_for
from mediation.sessions.rules import Command, next_state


async def start(db: AsyncSession, actor: StaffActor, session_id: str) -> MediationSession:
    """Open the booked session: from now on people may be placed in it.

    A mediation is started by a mediator, a consultation by whoever of the staff joins it. Raises NotFound, NotAllowed,
    Conflict when it is not booked any more.
    """
    session = await _held(db, actor, session_id)
    session.state = next_state(session.state, Command.START)
    session.started_at = now()
    session.revision += 1
    touched(db, "session", session.id)
    record(db, actor, "session_started", case_id=session.case_id, subject=session.id, number=session.number)
    return session


async def end(db: AsyncSession, actor: StaffActor, session_id: str) -> MediationSession:
    """End the live session; the quarter-hours that are left of it are free again.

    Raises NotFound, NotAllowed, Conflict when it is not live.
    """
    session = await _held(db, actor, session_id)
    session.state = next_state(session.state, Command.END)
    session.ended_at = now()
    session.revision += 1
    await _give_back(db, session, session.ended_at)
    touched(db, "session", session.id)
    record(db, actor, "session_ended", case_id=session.case_id, subject=session.id, number=session.number)
    return session


async def _held(db: AsyncSession, actor: StaffActor, session_id: str) -> MediationSession:
    session, _case = await session_for(db, actor, session_id, Action.JOIN_SESSION, lock=True)
    if session.kind is SessionKind.MEDIATION:
        require(actor, Action.HOLD_SESSION)
    return session


async def _give_back(db: AsyncSession, session: MediationSession, since: datetime) -> None:
    later = TimeClaim.quarter > quarter_of(since)
    await db.execute(delete(TimeClaim).where(TimeClaim.session_id == session.id, later))
