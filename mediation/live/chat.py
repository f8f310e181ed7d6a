"""Chat within a room, and the line between a waiting room and the host. Who may read a line is fixed when it is said."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor, StaffActor
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Invalid, NotFound
from mediation.live.models import ChatLine
from mediation.live.rules import LEFT, is_waiting, waiting_room
from mediation.live.seating import Live, load_for_host, load_for_seated

LONGEST = 1000  # characters


async def say(db: AsyncSession, actor: Actor, session_id: str, text: str, key: str) -> None:
    """Say something to those in one's room; from a waiting room, to the host. The same `key` is kept once.

    Raises Invalid for an empty or too long text, NotFound when the actor has left.
    """
    live, seat = await load_for_seated(db, actor, session_id)
    if seat.room == LEFT:
        raise NotFound("not_seated", "This person is not here.")
    own = live.expected[seat.participant_id][1].id
    audience = [
        other.participant_id
        for other in live.seats.values()
        if other.room == seat.room and frozenset({own, live.expected[other.participant_id][1].id}) not in live.pairs
    ]
    await _keep(db, live, seat.room, seat.participant_id, [*audience, live.host_id], text, key)


async def answer(
    db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str, text: str, key: str
) -> None:
    """The host answers into somebody's waiting room, from wherever they are."""
    live = await load_for_host(db, actor, session_id)
    live.seat(participant_id)
    room = waiting_room(participant_id)
    await _keep(db, live, room, live.host_id, [participant_id, live.host_id], text, key)


async def lines_for(db: AsyncSession, live: Live, viewer_id: str) -> list[ChatLine]:
    """What the viewer reads now: the lines of the room they sit in that were said to them; the host also reads the
    lines of all waiting rooms. The newest 200, oldest first."""
    seat = live.seats.get(viewer_id)
    if seat is None or seat.room == LEFT:
        return []
    newest = select(ChatLine).where(ChatLine.session_id == live.session.id).order_by(ChatLine.at.desc()).limit(400)
    lines = reversed((await db.scalars(newest)).all())
    host = viewer_id == live.host_id
    own = {seat.room, waiting_room(viewer_id)} if is_waiting(seat.room) and not host else {seat.room}
    return [
        line for line in lines if viewer_id in line.audience and (line.room in own or (host and is_waiting(line.room)))
    ][-200:]


async def _keep(db: AsyncSession, live: Live, room: str, author: str, audience: list[str], text: str, key: str) -> None:
    text = text.strip()
    if not text:
        raise Invalid("empty_text", "Please write something first.")
    if len(text) > LONGEST:
        raise Invalid("text_too_long", "This is too long. Please split it.")
    if not key or len(key) > 40:
        raise Invalid("invalid_key")
    if await db.scalar(select(ChatLine.id).where(ChatLine.key == key)):
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
