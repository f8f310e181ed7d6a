"""Deliver what is due: claim a message, send it, mark it. A crash in between repeats it unchanged.

One message is claimed at a time, in a transaction of its own; while it is `sending`, its lease keeps others away.
On PostgreSQL claimers skip each other's rows (SKIP LOCKED); SQLite has one writer anyway.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database, key_of
from mediation.i18n import speaking
from mediation.notifications.channels import Refused, send_mail, send_sms, sender
from mediation.notifications.codes import code_for
from mediation.notifications.envelope import envelope, unfolded
from mediation.notifications.filling import fill
from mediation.notifications.models import Message, MessageState, Transport
from mediation.notifications.outbox import LINK
from mediation.notifications.rules import ATTEMPTS, LEASE, Reach, may_send_at, pause_after

ReachOf = Callable[[AsyncSession, str], Awaitable[Reach]]
LinkOf = Callable[[AsyncSession, str, str], Awaitable[str | None]]
PeopleOf = Callable[[Actor], Select[str]]
OverAt = Callable[[AsyncSession, str], Awaitable[datetime | None]]
AT_MOST = 50  # messages in one run of the job
SESSION_OVER = "session_over"  # why a message came too late
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lookups:
    """What higher slices know: how a person is reached, a participant's join link (given its base address), whose
    messages an actor may see, and from when on a participant's session is over."""

    reach_of: ReachOf
    link_of: LinkOf
    people_of: PeopleOf
    over_at: OverAt


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send, with what it needs at this moment."""

    message: Message
    reach: Reach
    words: dict[str, str]


async def deliver_due(database: Database, settings: Settings, lookups: Lookups) -> int:
    """Send what is due; gives how many messages were tried."""
    async with database.read() as db:
        if await _next_due(db) is None:
            return 0  # the usual case takes no write lock
    for tried in range(AT_MOST):
        claimed = await database.write(lambda db: claim(db, settings, lookups))
        if claimed is None:
            return tried
        await _deliver(database, settings, claimed)
    return AT_MOST


async def claim(db: AsyncSession, settings: Settings, lookups: Lookups) -> Claimed | None:
    """Take the oldest due message that may leave now. Those that may not are postponed or withheld on the way."""
    while (message := await _next_due(db)) is not None:
        reach = await lookups.reach_of(db, message.person_id)
        words = await _words(db, settings, lookups, message) | {"attendee": reach.address or ""}
        if await _comes_too_late(db, lookups, message):
            message.state, message.problem = MessageState.TOO_LATE, SESSION_OVER
        elif _may_leave(message, reach, words, settings):
            message.state = MessageState.SENDING
            message.attempts += 1
            message.next_attempt_at = now() + LEASE
            await db.flush()
            return Claimed(message, reach, words)
        await db.flush()
    return None


async def _next_due(db: AsyncSession) -> Message | None:
    due: Message | None = await db.scalar(
        select(Message)
        .where(
            Message.state.in_([MessageState.QUEUED, MessageState.SENDING]),
            Message.next_attempt_at <= now(),
        )
        .order_by(Message.next_attempt_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return due


async def _comes_too_late(db: AsyncSession, lookups: Lookups, message: Message) -> bool:
    """Whether it tells of a session that is over by now: then it helps nobody any more.

    What was written after the planned end was written in the knowledge of it, a new link for a session that begins
    late; but nobody needs to hear then that they need not come.
    """
    if message.calendar_uid is None or message.participant_id is None:
        return False
    over_at = await lookups.over_at(db, message.participant_id)
    known = message.calendar_method != "CANCEL" and over_at is not None and message.created_at >= over_at
    return over_at is not None and over_at <= now() and not known


def _may_leave(message: Message, reach: Reach, words: dict[str, str], settings: Settings) -> bool:
    moment = now()
    at = moment if message.at_once else may_send_at(reach, moment, settings.zone)
    if message.attempts >= ATTEMPTS:  # its lease ran out again and again: something ends us while we send it
        message.state = MessageState.FAILED
    elif reach.address is None:
        message.state, message.problem = MessageState.WITHHELD, f"no_address_{reach.channel}"
    elif LINK in message.text and "link" not in words:
        message.state, message.problem = MessageState.SUPERSEDED, "link_revoked"
    elif at > moment:
        message.due_at = message.next_attempt_at = at
    else:
        return True
    return False


async def _words(db: AsyncSession, settings: Settings, lookups: Lookups, message: Message) -> dict[str, str]:
    site = settings.site_name if message.locale == "zh" else settings.site_name_en
    words = {"organiser": settings.mail_from, "site": site, "hotline": settings.hotline}
    if message.link_path:
        words["link"] = settings.base_url + message.link_path
    elif message.participant_id:
        link = await lookups.link_of(db, message.participant_id, settings.base_url)
        words |= {"link": link} if link else {}
    if message.code_id:
        words["code"] = code_for(key_of(db, "code"), message.code_id)
    return words


async def _deliver(database: Database, settings: Settings, claimed: Claimed) -> None:
    ident, attempts = claimed.message.id, claimed.message.attempts
    try:
        transport = await _send(settings, claimed)
    except Refused as refused:
        problem = str(refused)
        await database.write(lambda db: _mark_failed(db, ident, problem, again_at=None))
    except Exception as failed:
        # The kind of the failure only: mail servers quote addresses and texts in theirs.
        problem = type(failed).__name__
        log.warning("message %s not sent, attempt %s: %s", ident, attempts, problem)
        again_at = None if attempts >= ATTEMPTS else now() + pause_after(attempts)
        await database.write(lambda db: _mark_failed(db, ident, problem, again_at))
    else:
        await database.write(lambda db: _mark_sent(db, ident, transport))


async def _send(settings: Settings, claimed: Claimed) -> Transport:
    message, reach = claimed.message, claimed.reach
    assert reach.address is not None
    with speaking(message.locale):
        if reach.channel == "sms":
            return await send_sms(
                settings, message, fill(message.short_text, claimed.words, settings.zone), reach.address
            )
        subject = fill(message.subject, claimed.words, settings.zone)
        text = fill(message.text, claimed.words, settings.zone)
        calendar = fill(unfolded(message.calendar_file or ""), claimed.words, settings.zone)
    mail = envelope(message, subject, text, calendar, sender(settings, message), reach.address)
    return await send_mail(settings, message, mail)


async def _mark_sent(db: AsyncSession, ident: str, transport: Transport) -> None:
    message = await db.get_one(Message, ident, with_for_update=True)
    message.state, message.transport, message.sent_at, message.problem = MessageState.SENT, transport, now(), ""
    await db.flush()


async def _mark_failed(db: AsyncSession, ident: str, problem: str, again_at: datetime | None) -> None:
    """Back into the queue, or given up; a newer calendar message that came meanwhile makes it superfluous."""
    message = await db.get_one(Message, ident, with_for_update=True)
    message.problem = problem
    if await _is_superseded(db, message):
        message.state = MessageState.SUPERSEDED
    elif again_at is None:
        message.state = MessageState.FAILED
    else:
        message.state, message.next_attempt_at = MessageState.QUEUED, again_at
    await db.flush()


async def _is_superseded(db: AsyncSession, message: Message) -> bool:
    if message.calendar_uid is None:
        return False
    newer = select(Message.id).where(
        Message.person_id == message.person_id,
        Message.calendar_uid == message.calendar_uid,
        Message.calendar_sequence > message.calendar_sequence,
    )
    return await db.scalar(newer.limit(1)) is not None
