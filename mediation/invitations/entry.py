"""Coming in by a join link: redeem it once per browser, and be recognised by the cookie afterwards."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.invitations.models import Invitation, Way
from mediation.sessions.models import MediationSession, Participant
from mediation.tokens import token_hash


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
    way, participant, session = row.tuple()
    return ParticipantActor(participant.id, participant.person_id, session.id, session.case_id, invitation_id, way.id)
