"""Chat within a room, and the line between a waiting room and the host. Who may read a line is fixed when it is said."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor, StaffActor
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Conflict, Invalid, NotFound
from mediation.live.models import ChatLine, Seat
from mediation.live.rules import LEFT, is_waiting, waiting_room
from mediation.live.seating import Live, load_for_host, load_for_seated

LONGEST = 1000  # characters
READ, SHOWN = 1000, 200  # the newest lines of a room that are looked at, and that a snapshot holds


async def say(db: AsyncSession, actor: Actor, session_id: str, text: str, key: str) -> None:
    """Say something to those in one's room; from a waiting room, to the host. The same `key` is kept once.

    Raises Invalid for an empty or too long text, NotFound when the actor has left, Conflict("room_closed") where the host
    isn't there: people who may be afraid of each other are not left alone in writing either.
    """
    live, seat = await load_for_seated(db, actor, session_id)
    if not _open(live, seat):
        raise Conflict("room_closed", "Writing is possible again when the mediator is back in the room.")
    own = seat.participant_id
    here = [each.participant_id for each in live.seats.values() if each.room == seat.room]
    audience = [ident for ident in here if not live.apart(own, ident)]
    await _keep(db, live, seat.room, own, [*audience, live.host_id], text, key)


async def answer(
    db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str, text: str, key: str
) -> None:
    """The host answers into somebody's waiting room, from wherever they are. Raises NotFound when they don't wait."""
    live = await load_for_host(db, actor, session_id)
    room = waiting_room(participant_id)
    if live.seat(participant_id).room != room:
        raise NotFound("not_waiting", "This person is no longer in their waiting room.")
    await _keep(db, live, room, live.host_id, [participant_id, live.host_id], text, key)


async def lines_for(db: AsyncSession, live: Live, viewer_id: str) -> list[ChatLine]:
    """What the viewer reads now: the lines of the room they sit in that were said to them; the host also reads the
    lines of all waiting rooms. Oldest first."""
    seat = live.seats.get(viewer_id)
    if seat is None or seat.room == LEFT:
        return []
    there = ChatLine.room == seat.room
    if viewer_id == live.host_id:
        there |= ChatLine.room.startswith(waiting_room(""), autoescape=True)
    # Of these rooms only: what is said elsewhere must not even push lines out.
    of_rooms = select(ChatLine).where(ChatLine.session_id == live.session.id, there)
    newest = await db.scalars(of_rooms.order_by(ChatLine.at.desc(), ChatLine.id).limit(READ))
    return [line for line in reversed(newest.all()) if viewer_id in line.audience][-SHOWN:]


def _open(live: Live, seat: Seat) -> bool:
    if is_waiting(seat.room) or seat.participant_id == live.host_id:
        return True
    host = live.seats.get(live.host_id)
    here = host is not None and host.room == seat.room and live.row.mediator_lost_at is None
    return here and live.row.paused_at is None


async def _keep(db: AsyncSession, live: Live, room: str, author: str, audience: list[str], text: str, key: str) -> None:
    text = text.strip()
    if not text:
        raise Invalid("empty_text", "Please write something first.")
    if len(text) > LONGEST:
        raise Invalid("text_too_long", "This is too long. Please split it.")
    if not key or len(key) > 40:
        raise Invalid("invalid_key")
    if await db.scalar(select(ChatLine.id).where(ChatLine.author_participant_id == author, ChatLine.key == key)):
        return
    db.add(
        ChatLine(
            session_id=live.session.id,
            room=room,
            author_participant_id=author,
            audience=sorted(set(audience)),
            text=text,
            at=now(),
            key=key,
        )
    )
    await db.flush()
    touched(db, "session", live.session.id)
