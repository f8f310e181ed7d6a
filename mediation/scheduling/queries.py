"""Reads for the pages of scheduling: the sessions of a day, of a case, and who is expected at them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import visible_to
from mediation.cases.models import CaseFile
from mediation.cases.queries import titles_of
from mediation.invitations.models import Invitation
from mediation.people.models import Person
from mediation.people.queries import protected_among
from mediation.sessions.kinds import Side
from mediation.sessions.models import MediationSession, Participant


@dataclass(frozen=True)
class Guest:
    """Somebody expected, with their invitation if they come by a link."""

    participant: Participant
    person: Person
    invitation: Invitation | None


@dataclass(frozen=True)
class Planned:
    """A session with its case and everybody expected."""

    session: MediationSession
    case: CaseFile
    title: str
    guests: list[Guest] = field(default_factory=list)
    protected: bool = False


async def next_number(db: AsyncSession, case_id: str) -> int:
    """Which session of the case the next one is; told before it is booked, decided when it is."""
    highest = select(func.max(MediationSession.number)).where(MediationSession.case_id == case_id)
    return (await db.scalar(highest) or 0) + 1


async def sessions_between(db: AsyncSession, actor: StaffActor, since: datetime, until: datetime) -> list[Planned]:
    """The actor's sessions that begin in `[since, until)`: where they are expected, or which they booked."""
    span = MediationSession.starts_at >= since, MediationSession.starts_at < until
    return await _planned(db, *span, _mine(actor), visible_to(actor))


async def sessions_of(db: AsyncSession, case_id: str) -> list[Planned]:
    """All sessions of a case, in order."""
    return await _planned(db, MediationSession.case_id == case_id)


async def guests_of(db: AsyncSession, session_ids: Collection[str]) -> dict[str, list[Guest]]:
    """Session id → everybody expected there, in the order applicant, respondent, neutral."""
    rows = await db.execute(
        select(Participant, Person, Invitation)
        .join(Person, Person.id == Participant.person_id)
        .outerjoin(Invitation, Invitation.participant_id == Participant.id)
        .where(Participant.session_id.in_(session_ids))
        .order_by(Participant.role, Person.called, Participant.id)
    )
    found: dict[str, list[Guest]] = {ident: [] for ident in session_ids}
    for participant, person, invitation in rows:
        found[participant.session_id].append(Guest(participant, person, invitation))
    order = list(Side)
    for guests in found.values():
        guests.sort(key=lambda guest: order.index(guest.participant.side))
    return found


def _mine(actor: StaffActor) -> ColumnElement[bool]:
    expected = select(Participant.session_id).where(
        Participant.staff_id == actor.staff_id, Participant.removed_at.is_(None)
    )
    return or_(MediationSession.id.in_(expected), MediationSession.booked_by_staff_id == actor.staff_id)


async def _planned(db: AsyncSession, *wanted: ColumnElement[bool]) -> list[Planned]:
    found = select(MediationSession, CaseFile).join(CaseFile, CaseFile.id == MediationSession.case_id).where(*wanted)
    rows = list(await db.execute(found.order_by(MediationSession.starts_at, MediationSession.number)))
    guests = await guests_of(db, [session.id for session, _case in rows])
    titles = await titles_of(db, {case.id for _session, case in rows})
    pairs = await protected_among(db, {guest.person.id for each in guests.values() for guest in each})
    return [
        Planned(
            session, case, titles.get(case.id, case.number), guests[session.id],
            any(pair <= {guest.person.id for guest in guests[session.id]} for pair in pairs),
        )
        for session, case in rows
    ]  # fmt: skip
