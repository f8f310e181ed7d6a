"""Who leads: one at a time. Where several could, the federation workers in somebody's consultation, whoever of them
comes first leads, and another one takes over when they are gone."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, Actor
from mediation.live.rules import LEFT, MAIN, host_role, waiting_room
from mediation.live.seating import Live, load, place
from mediation.sessions.models import SessionState


def able_to_lead(live: Live) -> list[str]:
    """Everybody of the session who may lead, in order."""
    role = host_role(live.session.kind)
    return [
        ident
        for ident, (participant, _person) in live.expected.items()
        if participant.role is role and participant.removed_at is None and participant.staff_id in live.staff
    ]


def would_lead(live: Live, ident: str) -> bool:
    """Whether this participant leads, or will as soon as they come in, because nobody else does."""
    return ident == live.host_id or (ident in able_to_lead(live) and not _led(live))


def take_lead(db: AsyncSession, actor: Actor, live: Live, ident: str) -> None:
    """Lead from now on, beginning anew: everybody goes to their own waiting room, who led before as well."""
    live.host_id = live.row.host_participant_id = ident
    live.row.mediator_lost_at = None
    for seat in live.seats.values():
        seat.resume_room = None
    there = [seat for seat in live.seats.values() if seat.room != LEFT]
    moves = {
        seat.participant_id: MAIN if seat.participant_id == ident else waiting_room(seat.participant_id)
        for seat in there
        if seat.participant_id == ident or seat.room != waiting_room(seat.participant_id)
    }
    place(db, actor, live, moves, "lead_taken", participant=ident)


async def pass_on_lead(db: AsyncSession, session_id: str, lost_id: str, ident: str) -> None:
    """Who led is gone: `ident` leads from now on. Nothing when somebody else leads already, or they can't."""
    live = await load(db, session_id, lock=True)
    open_still = live.session.state in (SessionState.BOOKED, SessionState.LIVE)
    if open_still and live.host_id == lost_id and ident in able_to_lead(live) and live.seat(ident).room != LEFT:
        take_lead(db, SYSTEM, live, ident)


def _led(live: Live) -> bool:
    host = live.seats.get(live.host_id)
    here = host is not None and host.room != LEFT and live.row.mediator_lost_at is None
    return here and live.host_id in able_to_lead(live)
