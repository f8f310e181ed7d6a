"""The outbox: a message is a row in the transaction of what it tells about, so nothing leaves before commit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor
from mediation.clock import now
from mediation.errors import Conflict, NotFound
from mediation.journal.record import record
from mediation.notifications.models import Message, MessageKind, MessageState
from mediation.tokens import new_id

LINK = "{{link}}"
CODE = "{{code}}"
ORGANISER = "{{organiser}}"
ATTENDEE = "{{attendee}}"
HOTLINE = "{{hotline}}"

_STILL_HERE = (MessageState.QUEUED, MessageState.FAILED, MessageState.WITHHELD)
_UNSENT = (MessageState.QUEUED, MessageState.SENDING)


@dataclass(frozen=True, slots=True)
class CalendarPart:
    """The calendar object of a message (RFC 6047): `file` is a whole VCALENDAR with placeholders."""

    method: str
    uid: str
    sequence: int
    file: str


async def enqueue(
    db: AsyncSession,
    kind: MessageKind,
    person_id: str,
    *,
    subject: str,
    text: str,
    short_text: str = "",
    locale: str = "zh",
    neutral: bool = False,
    participant_id: str | None = None,
    link_path: str | None = None,
    code_id: str | None = None,
    at_once: bool = False,
    calendar: CalendarPart | None = None,
) -> Message:
    """Put a message to one person into the outbox; it leaves after commit, within the person's safe hours.

    Write `LINK` where the link belongs: with `link_path` ("/sessions/…") it becomes a page of this site, else
    `participant_id`'s personal join link. Write `CODE` where the one-time code `code_id` belongs. Both are filled in
    at delivery and stored nowhere. `short_text` is what goes out by SMS. `neutral`: the sender's name is left out too.
    `at_once` ignores the safe hours: only for what the person asked for a moment ago. A calendar message supersedes
    the unsent older ones to the same person with the same UID.
    """
    if calendar:
        await supersede(db, person_id, calendar.uid)
    moment, ident = now(), new_id()
    message = Message(
        id=ident, kind=kind, person_id=person_id, participant_id=participant_id, link_path=link_path,
        code_id=code_id, locale=locale, neutral=neutral, at_once=at_once, subject=subject, text=text,
        short_text=short_text or f"{subject} {LINK}", message_id=f"<{ident}.{new_id()}@post.invalid>",
        created_at=moment, due_at=moment, next_attempt_at=moment,
    )  # fmt: skip
    if calendar:
        message.calendar_method, message.calendar_uid = calendar.method, calendar.uid
        message.calendar_sequence, message.calendar_file = calendar.sequence, calendar.file
    db.add(message)
    await db.flush()
    return message


async def supersede(db: AsyncSession, person_id: str, calendar_uid: str) -> None:
    """Older calendar messages that have not left stay here; one that is leaving right now can't be called back."""
    await db.execute(
        update(Message)
        .where(
            Message.person_id == person_id,
            Message.calendar_uid == calendar_uid,
            Message.state.in_(_STILL_HERE),
        )
        .values(state=MessageState.SUPERSEDED)
    )


async def invitation_waits(db: AsyncSession, person_id: str, calendar_uid: str) -> bool:
    """Whether the invitation itself has not left yet, so that whatever replaces it must still invite."""
    waiting = select(Message.id).where(
        Message.person_id == person_id,
        Message.calendar_uid == calendar_uid,
        Message.kind == MessageKind.INVITATION,
        Message.state.in_(_STILL_HERE),
    )
    return await db.scalar(waiting.limit(1)) is not None


async def retry(db: AsyncSession, actor: Actor, message_id: str, people: Select[str]) -> None:
    """Try a message to one of these people again that failed or was withheld.

    The caller has checked that `actor` may. Raises NotFound, and Conflict when it needs no retry.
    """
    found = select(Message).where(Message.id == message_id, Message.person_id.in_(people)).with_for_update()
    message: Message | None = await db.scalar(found)
    if message is None:
        raise NotFound()
    if message.state not in (MessageState.FAILED, MessageState.WITHHELD):
        raise Conflict("message_not_failed", "This message has already left, or will leave by itself.")
    message.state, message.attempts, message.problem = MessageState.QUEUED, 0, ""
    message.due_at = message.next_attempt_at = now()
    await db.flush()
    record(db, actor, "message_retried", subject=message.id)


async def outbox_age(db: AsyncSession) -> float:
    """For how many seconds the oldest message that should have left is waiting; 0 when none is."""
    moment = now()
    oldest: datetime | None = await db.scalar(
        select(func.min(Message.due_at)).where(Message.state.in_(_UNSENT), Message.due_at <= moment)
    )
    return max(0.0, (moment - oldest).total_seconds()) if oldest else 0.0


async def outbox_size(db: AsyncSession) -> int:
    """How many messages should have left and are still here."""
    waiting = select(func.count()).where(Message.state.in_(_UNSENT), Message.due_at <= now())
    return await db.scalar(waiting) or 0


async def last_states(db: AsyncSession, participant_ids: Collection[str]) -> dict[str, MessageState]:
    """Participant id → what became of the newest message about their session, so that staff know whom to telephone."""
    newest = (
        select(Message.participant_id, Message.state)
        .where(Message.participant_id.in_(participant_ids), Message.calendar_uid.is_not(None))
        .order_by(Message.created_at, Message.id)
    )
    return {ident: state for ident, state in await db.execute(newest) if ident}
