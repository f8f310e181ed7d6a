"""Coming in by a join link: redeem it by a click, and be recognised by the browser's cookie afterwards."""

import hmac

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.clock import now
from mediation.db import key_of
from mediation.errors import Expired, NotFound
from mediation.invitations.links import KEY, token_of
from mediation.invitations.models import Invitation, Way
from mediation.invitations.rules import papers_until
from mediation.journal.record import record
from mediation.people.models import Person
from mediation.sessions.models import MediationSession, Participant
from mediation.tokens import new_token, token_hash


async def resolve_participant(db: AsyncSession, invitation_id: str, token: str) -> ParticipantActor | None:
    """Whose browser this is; None when the way was ended, or the invitation revoked."""
    row = (
        await db.execute(
            select(Way, Participant, MediationSession)
            .join(Invitation, Invitation.id == Way.invitation_id)
            .join(Participant, Participant.id == Invitation.participant_id)
            .join(MediationSession, MediationSession.id == Participant.session_id)
            .where(
                Way.token_hash == token_hash(token),
                Way.ended_at.is_(None),
                Invitation.id == invitation_id,
                Invitation.revoked_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        return None
    way, participant, session = row
    return ParticipantActor(participant.id, participant.person_id, session.id, session.case_id, invitation_id, way.id)


async def was_removed(db: AsyncSession, invitation_id: str, token: str) -> bool:
    """Whether this browser is that of somebody who was taken out of the session."""
    found = (
        select(Participant.removed_at)
        .join(Invitation, Invitation.participant_id == Participant.id)
        .join(Way, Way.invitation_id == Invitation.id)
        .where(Invitation.id == invitation_id, Way.token_hash == token_hash(token))
    )
    return await db.scalar(found) is not None


async def redeem(db: AsyncSession, invitation_id: str, token: str, papers_days: int) -> tuple[str, Person]:
    """Open a way for the browser in which the person clicked; gives the value of its cookie and whose it is.

    A link opens as many browsers as its owner likes. Raises NotFound for a token that never was one (an unknown
    invitation gets the same answer), Expired for one that was renewed, revoked, whose owner was taken
    out of the session, or whose papers' time is over.
    """
    row = (
        await db.execute(
            select(Invitation, Participant, MediationSession)
            .join(Participant, Participant.id == Invitation.participant_id)
            .join(MediationSession, MediationSession.id == Participant.session_id)
            .where(Invitation.id == invitation_id)
            .with_for_update(of=Invitation)
        )
    ).one_or_none()
    if row is None:
        raise _unknown()
    invitation, participant, session = row
    _require_current(db, invitation, participant, token)
    if now() >= papers_until(session.ends_at, session.ended_at, papers_days):
        raise Expired("link_over", "This link was valid until some time after the session. For papers please call us.")
    value = new_token()
    way = Way(invitation_id=invitation_id, token_hash=token_hash(value), created_at=now())
    db.add(way)
    invitation.redeemed_at = invitation.redeemed_at or now()
    await db.flush()
    actor = ParticipantActor(participant.id, participant.person_id, session.id, session.case_id, invitation_id, way.id)
    record(db, actor, "link_opened", case_id=session.case_id, subject=participant.id)
    return value, await db.get_one(Person, participant.person_id)


def _require_current(db: AsyncSession, invitation: Invitation, participant: Participant, token: str) -> None:
    current = hmac.compare_digest(token_hash(token), invitation.token_hash)
    key = key_of(db, KEY)
    known = current or any(
        hmac.compare_digest(token.encode(), token_of(key, invitation.id, version).encode())
        for version in range(1, invitation.version)
    )
    if not known:
        raise _unknown()
    if current and participant.removed_at is not None:
        raise Expired("not_invited_any_more", "You are no longer invited to this appointment. You need not come.")
    if invitation.revoked_at is not None:
        raise Expired("link_revoked", "This link was taken back. Please call us if you expected to come in.")
    if not current:
        raise Expired("link_renewed", "You were sent a newer link. Please open that one.")


def _unknown() -> NotFound:
    return NotFound("link_unknown", "This link is not complete. Please open it again from the message we sent you.")
