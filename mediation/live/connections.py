"""Write the connection log: since when each participant is connected, until when, and why it ended."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.live.kinds import Ending
from mediation.live.models import ConnectionSample, ConnectionSpan, Seat
from mediation.live.rules import LEFT


async def began(
    db: AsyncSession, session_id: str, participant_id: str, before: Ending, until: datetime | None = None
) -> str:
    """A participant is connected from now on; gives the span's id, or "" for who has left and only keeps a page open.

    A span that was still open has ended `until` then (at the latest now), by the cause `before`.
    """
    seat = await db.get(Seat, participant_id)
    if seat is not None and seat.room == LEFT:
        return ""
    moment = now()
    await ended(db, participant_id, before, min(until or moment, moment))
    span = ConnectionSpan(session_id=session_id, participant_id=participant_id, began_at=moment, seen_at=moment)
    db.add(span)
    await db.flush()
    return span.id


async def ended(db: AsyncSession, participant_id: str, why: Ending, at: datetime | None = None) -> None:
    """The participant's connection ended, whichever it was; nothing when there is none."""
    open_ones = select(ConnectionSpan).where(
        ConnectionSpan.participant_id == participant_id, ConnectionSpan.ended_at.is_(None)
    )
    for span in await db.scalars(open_ones):
        _end(span, why, at or now())


async def lost(db: AsyncSession, span_id: str, why: Ending, at: datetime) -> None:
    """This very connection ended at `at`; nothing when that is known already."""
    span = await db.get(ConnectionSpan, span_id)
    if span is not None and span.ended_at is None:
        _end(span, why, at)


async def was_no_closed_page(db: AsyncSession, participant_id: str) -> None:
    """The page whose closing was written down last is still open: its line had broken off."""
    newest = select(ConnectionSpan).where(ConnectionSpan.participant_id == participant_id)
    span = await db.scalar(newest.order_by(ConnectionSpan.began_at.desc()).limit(1))
    if span is not None and span.ending is Ending.PAGE_CLOSED:
        span.ending = Ending.BROKEN_OFF


async def given_up(db: AsyncSession, span_id: str) -> None:
    """The media path whose silence had ended this span was given up."""
    span = await db.get(ConnectionSpan, span_id)
    if span is not None and span.ending is Ending.MEDIA_SILENT:
        span.ending = Ending.CONSENT_EXPIRED


async def seen(db: AsyncSession, span_ids: Collection[str]) -> None:
    """These still last."""
    lasting = update(ConnectionSpan).where(ConnectionSpan.id.in_(span_ids), ConnectionSpan.ended_at.is_(None))
    await db.execute(lasting.values(seen_at=now()).execution_options(synchronize_session=False))


async def sampled(db: AsyncSession, samples: Sequence[ConnectionSample]) -> None:
    """How connections were; a row that has grown takes the place of what it was."""
    key = tuple_(ConnectionSample.participant_id, ConnectionSample.at)
    await db.execute(delete(ConnectionSample).where(key.in_([(each.participant_id, each.at) for each in samples])))
    db.add_all(samples)
    await db.flush()


async def server_restarted(db: AsyncSession) -> None:
    """What was open when the server died, or is being stopped, ended when it was last seen."""
    left_open = update(ConnectionSpan).where(ConnectionSpan.ended_at.is_(None))
    await db.execute(
        left_open.values(ended_at=ConnectionSpan.seen_at, ending=Ending.SERVER_RESTARTED).execution_options(
            synchronize_session=False
        )
    )


def _end(span: ConnectionSpan, why: Ending, at: datetime) -> None:
    span.ended_at, span.ending = max(at, span.began_at), why
    span.seen_at = span.ended_at
