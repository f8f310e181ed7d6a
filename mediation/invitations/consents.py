"""A participant's consent to mediation online, asked with a text that has a version (法释〔2021〕23号 art. 4)."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Conflict
from mediation.invitations.rules import may_join
from mediation.journal.record import record
from mediation.sessions.models import Consent, MediationSession, Participant

ONLINE_MEDIATION = "online_mediation"
TEXT_VERSION = "2026-11-22"  # of templates/invitations/consent_text.html; raise it whenever that text changes


async def give_consent(db: AsyncSession, actor: ParticipantActor, given: bool, text_version: str) -> None:
    """Store the answer to the text of `text_version` with its time; a later answer stands beside the earlier ones.

    Raises Conflict when the session is over, or when the text has changed since it was read.
    """
    session = await db.get_one(MediationSession, actor.session_id)
    participant = await db.get_one(Participant, actor.participant_id)
    if not may_join(session.state, participant.removed_at is not None):
        raise Conflict("session_over", "The session is over. This can no longer be changed.")
    if text_version != TEXT_VERSION:
        raise Conflict("text_changed", "The text has changed. Please read it again.")
    db.add(
        Consent(
            participant_id=actor.participant_id, subject=ONLINE_MEDIATION, text_version=text_version, given=given,
            at=now(),
        )
    )  # fmt: skip
    await db.flush()
    touched(db, "session", actor.session_id)
    record(
        db, actor, "consent_given" if given else "consent_refused", case_id=actor.case_id,
        subject=actor.participant_id, person=actor.person_id, text=text_version,
    )  # fmt: skip


async def last_consent(db: AsyncSession, participant_id: str) -> Consent | None:
    """The participant's newest answer; None when they were not asked yet."""
    answer: Consent | None = await db.scalar(
        select(Consent)
        .where(Consent.participant_id == participant_id, Consent.subject == ONLINE_MEDIATION)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    )
    return answer


async def has_consented(db: AsyncSession, participant_id: str) -> bool:
    """Whether the participant's newest answer is yes."""
    answer = await last_consent(db, participant_id)
    return answer is not None and answer.given
