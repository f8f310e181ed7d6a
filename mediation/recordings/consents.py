"""Whether somebody agrees to be recorded: asked with a text that has a version; the newest answer counts."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor
from mediation.clock import now
from mediation.errors import Conflict
from mediation.journal.record import record
from mediation.sessions.models import Consent, MediationSession, Participant

SUBJECT = "recording"
TEXT_VERSION = "2026-11-22"  # of templates/live/recording_text.html; raise it whenever that text changes


async def give_answer(
    db: AsyncSession, actor: Actor, session: MediationSession, participant: Participant, given: bool, text_version: str
) -> None:
    """Keep the answer to the text of `text_version` with its time; an earlier one stands beside it.

    Raises Conflict("text_changed") for a yes to a text that has changed since; a no needs no text.
    """
    if given and text_version != TEXT_VERSION:
        raise Conflict("text_changed", "The text has changed. Please read it again.")
    answer = Consent(participant_id=participant.id, subject=SUBJECT, text_version=text_version, given=given, at=now())
    db.add(answer)
    await db.flush()
    record(
        db, actor, "recording_agreed" if given else "recording_declined", case_id=session.case_id,
        subject=participant.id, person=participant.person_id, text=text_version,
    )  # fmt: skip


async def answers_of(db: AsyncSession, participant_ids: Collection[str]) -> dict[str, bool]:
    """Who answered, and how last. A yes to a text that has changed since is no answer: they are asked with the new one."""
    asked = select(Consent).where(Consent.participant_id.in_(participant_ids), Consent.subject == SUBJECT)
    newest = {answer.participant_id: answer for answer in await db.scalars(asked.order_by(Consent.at, Consent.id))}
    return {
        ident: answer.given
        for ident, answer in newest.items()
        if not answer.given or answer.text_version == TEXT_VERSION
    }
