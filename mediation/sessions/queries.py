"""Reads of sessions that other slices share."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import case_for
from mediation.cases.models import CaseFile
from mediation.errors import NotFound
from mediation.people.models import Person
from mediation.permissions import Action
from mediation.sessions.models import MediationSession, Participant, Side
from mediation.sessions.rules import over_at


async def session_for(
    db: AsyncSession,
    actor: StaffActor,
    session_id: str,
    action: Action = Action.SEE_SESSION,
    *,
    lock: bool = False,
) -> tuple[MediationSession, CaseFile]:
    """The session and its case, if the actor may do `action` with that case; `lock` holds the session's row.

    Raises NotFound or NotAllowed as `case_for` does.
    """
    found = select(MediationSession).where(MediationSession.id == session_id)
    if lock:  # read anew, as `case_for` does
        found = found.with_for_update().execution_options(populate_existing=True)
    session = await db.scalar(found)
    if session is None:
        raise NotFound("session_not_found", "There is no such session.")
    return session, await case_for(db, actor, session.case_id, action)


async def participants_of(db: AsyncSession, session_id: str) -> list[tuple[Participant, Person]]:
    """Everybody expected at the session with their person, in the order applicant, respondent, neutral."""
    rows = await db.execute(
        select(Participant, Person)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.session_id == session_id)
        .order_by(Participant.role, Person.called, Participant.id)
    )
    order = list(Side)
    return sorted(((participant, person) for participant, person in rows), key=lambda row: order.index(row[0].side))


async def over_at_for(db: AsyncSession, participant_id: str) -> datetime | None:
    """From when on the session of this participant is over, as `over_at` says."""
    found = select(MediationSession).join(Participant, Participant.session_id == MediationSession.id)
    session = await db.scalar(found.where(Participant.id == participant_id))
    return over_at(session.state, session.ends_at, session.ended_at) if session else None
