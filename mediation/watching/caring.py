"""Take care of an alert: one click, so that two do not run for the same thing and nobody thinks another does."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.clock import now
from mediation.errors import NotFound
from mediation.journal.record import record
from mediation.permissions import Action
from mediation.sessions.models import Participant
from mediation.sessions.queries import session_for
from mediation.watching.kinds import AlertKind
from mediation.watching.models import Care


async def take_care(
    db: AsyncSession, actor: StaffActor, session_id: str, kind: AlertKind, participant_id: str, since: datetime
) -> None:
    """The actor takes care of the alert that is there `since`; when somebody already does, they go on doing it.

    Raises NotFound, NotAllowed.
    """
    session, case = await session_for(db, actor, session_id, Action.WATCH_SESSIONS, lock=True)
    participant = await db.get(Participant, participant_id)
    if participant is None or participant.session_id != session.id:
        raise NotFound("participant_not_found", "This person is not expected at this session.")
    taken = select(Care.id).where(
        Care.session_id == session_id, Care.participant_id == participant_id, Care.kind == kind, Care.taken_at >= since
    )
    if await db.scalar(taken.limit(1)):
        return
    db.add(
        Care(session_id=session_id, participant_id=participant_id, kind=kind, staff_id=actor.staff_id, taken_at=now())
    )
    record(db, actor, "alert_taken", case_id=case.id, subject=session_id, kind=kind.value, participant=participant_id)
    await db.flush()
