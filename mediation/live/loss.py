"""When the host is lost, everybody is parted; when the host is back, rooms resume on the host's click."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, StaffActor
from mediation.clock import now
from mediation.errors import Conflict
from mediation.live.rules import LEFT, MAIN, is_waiting, waiting_room
from mediation.live.seating import load, load_for_host, place
from mediation.sessions.models import SessionState


async def lose_host(db: AsyncSession, session_id: str) -> None:
    """Put everybody into their own waiting room and remember where they sat. A second call changes nothing."""
    live = await load(db, session_id, lock=True)
    if live.session.state is not SessionState.LIVE or live.row.mediator_lost_at is not None:
        return
    rooms = {ident: seat.room for ident, seat in live.seats.items() if seat.room != LEFT}
    moves = {ident: waiting_room(ident) for ident in rooms if ident != live.host_id}
    if live.host_id in rooms:
        moves[live.host_id] = MAIN
    live.row.mediator_lost_at = now()
    place(db, SYSTEM, live, moves, "host_lost")
    for ident, room in rooms.items():
        live.seats[ident].resume_room = None if is_waiting(room) and ident != live.host_id else room


async def resume_rooms(db: AsyncSession, actor: StaffActor, session_id: str) -> None:
    """The host brings everybody back to where they sat before the loss. Raises Conflict when there was none,
    NotAllowed when two of them may not meet any more."""
    live = await load_for_host(db, actor, session_id)
    if live.row.mediator_lost_at is None:
        raise Conflict("nothing_to_resume", "There is nothing to resume.")
    live.row.mediator_lost_at = None
    here = [seat for seat in live.seats.values() if seat.room != LEFT and seat.resume_room]
    moves = {seat.participant_id: str(seat.resume_room) for seat in here}
    for seat in live.seats.values():
        seat.resume_room = None
    place(db, actor, live, moves, "rooms_resumed")


async def stay_parted(db: AsyncSession, actor: StaffActor, session_id: str) -> None:
    """The host is back and starts afresh from the waiting rooms."""
    live = await load_for_host(db, actor, session_id)
    live.row.mediator_lost_at = None
    for seat in live.seats.values():
        seat.resume_room = None
    place(db, actor, live, {}, "stayed_parted")
