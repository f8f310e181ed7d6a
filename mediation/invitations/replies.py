"""A participant's answer to the invitation. Staff see it; the other participants never do."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Conflict, Invalid
from mediation.i18n import marked
from mediation.invitations.rules import may_join
from mediation.journal.record import record
from mediation.sessions.kinds import Reply, SessionState
from mediation.sessions.models import MediationSession, Participant


async def reply(db: AsyncSession, actor: ParticipantActor, answer: Reply, note: str = "") -> None:
    """Store the answer; it may be changed until the session begins.

    Raises Invalid when another time is asked for without a word which; Conflict when it is too late.
    """
    session = await db.get_one(MediationSession, actor.session_id)
    participant = await db.get_one(Participant, actor.participant_id)
    if session.state is not SessionState.BOOKED or not may_join(session.state, participant.removed_at is not None):
        raise Conflict("too_late_to_reply", "The session has begun or is over. Please call us if something is wrong.")
    if answer is Reply.OTHER_TIME and not note:
        which = marked("Please say which times are good for you.")
        raise Invalid("no_other_time", which, fields={"note": which})
    participant.reply, participant.reply_note, participant.replied_at = answer, note, now()
    await db.flush()
    touched(db, "session", actor.session_id)
    record(
        db, actor, "replied", case_id=actor.case_id, subject=actor.participant_id, person=actor.person_id, reply=answer.value,
        with_note=bool(note),
    )  # fmt: skip
