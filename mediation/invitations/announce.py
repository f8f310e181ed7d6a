"""Tell everybody expected at a session that it is booked, changed, cancelled, or that they need not come: each alone, nothing of the others."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, Actor
from mediation.invitations.links import invite
from mediation.invitations.sending import send_cancel, send_request
from mediation.notifications.models import MessageKind
from mediation.people.models import Person
from mediation.sessions.models import MediationSession, Participant
from mediation.sessions.queries import participants_of


async def announce_booked(db: AsyncSession, session: MediationSession, actor: Actor = SYSTEM) -> None:
    """Invite everybody: parties with their personal link, staff with a link to the session's page."""
    for participant, person in await _expected(db, session):
        await _tell(db, actor, MessageKind.INVITATION, session, participant, person)


async def announce_changed(db: AsyncSession, session: MediationSession, actor: Actor = SYSTEM) -> None:
    """Tell those for whom something changed: a new time to all, an invitation to whoever is new, nothing to the rest."""
    for participant, person in await _expected(db, session):
        await _tell(db, actor, MessageKind.CHANGE, session, participant, person)


async def announce_cancelled(db: AsyncSession, session: MediationSession) -> None:
    """Tell everybody who had heard of it that the session does not take place."""
    for participant, person in await _expected(db, session):
        await send_cancel(db, session, participant, person)


async def announce_removed(db: AsyncSession, session: MediationSession, participant: Participant) -> None:
    """Tell somebody who was taken out that they need not come, and take the session out of their calendar (RFC 5546
    section 3.2.5). The others hear nothing: their invites never named anybody else."""
    person = await db.get_one(Person, participant.person_id)
    await send_cancel(db, session, participant, person, MessageKind.REMOVAL)


async def _tell(
    db: AsyncSession,
    actor: Actor,
    kind: MessageKind,
    session: MediationSession,
    participant: Participant,
    person: Person,
) -> None:
    invitation = None if participant.staff_id else await invite(db, actor, participant)
    if invitation and invitation.revoked_at:
        return  # whoever took the link back knows why; somebody else may be reading their messages
    await send_request(db, kind, session, participant, person, invitation)


async def _expected(db: AsyncSession, session: MediationSession) -> list[tuple[Participant, Person]]:
    await db.flush()
    everybody = await participants_of(db, session.id)
    return [(participant, person) for participant, person in everybody if participant.removed_at is None]
