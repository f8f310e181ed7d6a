"""Coming in and leaving."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, Actor, ParticipantActor
from mediation.clock import now
from mediation.db import Moment
from mediation.errors import Conflict, NotAllowed
from mediation.invitations.consents import has_consented
from mediation.live import connections
from mediation.live.kinds import Ending
from mediation.live.leading import take_lead, would_lead
from mediation.live.models import Attendance, ConnectionSpan, Seat
from mediation.live.rules import LEFT, MAIN, waiting_room
from mediation.live.seating import Live, changed, load, load_for_seated, own_participant, place, require_open
from mediation.sessions.models import SessionState

DOORS_OPEN = timedelta(hours=1)


async def enter(db: AsyncSession, actor: Actor, session_id: str) -> str:
    """Take one's seat: who leads sits in the main room, everybody else in a waiting room of their own. Where nobody
    leads who could, whoever comes and may does.

    Somebody who comes back, after whatever loss, finds the same seat. Gives the participant's id.
    Raises NotAllowed for somebody not expected, and for who came by a link without agreeing to talk online
    (法释〔2021〕23号 art. 4); Conflict before the doors open or after the end.
    """
    live = await load(db, session_id, lock=True)
    ident = own_participant(live, actor)
    require_open(live)
    if isinstance(actor, ParticipantActor) and not await has_consented(db, ident):
        raise NotAllowed("consent_missing", "Please say on your page first that you agree to talk online.")
    if live.session.state is SessionState.BOOKED and now() < live.session.starts_at - DOORS_OPEN:
        raise Conflict("too_early", "The room opens one hour before the session.")
    if would_lead(live, ident) and live.row.host_participant_id != ident:
        _lead(db, actor, live, ident)
    if ident not in live.seats:
        live.seats[ident] = _new_seat(live, ident)
        db.add(live.seats[ident])
        changed(db, actor, live, "arrived", participant=ident)
    elif live.seats[ident].room == LEFT:
        place(db, actor, live, {ident: _first_room(live, ident)}, "came_back", participant=ident)
    if await _current_stay(db, ident) is None:
        db.add(Attendance(session_id=session_id, participant_id=ident, came_at=now()))
    await db.flush()
    return ident


async def leave(db: AsyncSession, actor: Actor, session_id: str) -> None:
    """Go; the link lets one come back while the session lasts."""
    live, seat = await load_for_seated(db, actor, session_id)
    place(db, actor, live, {seat.participant_id: LEFT}, "left", participant=seat.participant_id)
    seat.hand_raised_at = None
    await close_stay(db, seat.participant_id)
    await connections.ended(db, seat.participant_id, Ending.LEFT)


async def lost(db: AsyncSession, session_id: str, participant_id: str, at: datetime) -> None:
    """Write down that a participant's connection ended at `at`; the seat is kept for them while the session lasts."""
    live = await load(db, session_id, lock=True)
    if not await close_stay(db, participant_id, at):
        return  # they left, or were taken out
    if live.session.state in (SessionState.BOOKED, SessionState.LIVE):
        changed(db, SYSTEM, live, "connection_lost", participant=participant_id)


async def unended(db: AsyncSession) -> list[tuple[str, str, datetime | None]]:
    """Everybody whose stay has not ended: session and participant ids, and when their connection was last seen."""
    seen = func.max(ConnectionSpan.seen_at, type_=Moment())
    found = await db.execute(
        select(Attendance.session_id, Attendance.participant_id, seen)
        .outerjoin(ConnectionSpan, ConnectionSpan.participant_id == Attendance.participant_id)
        .where(Attendance.left_at.is_(None))
        .group_by(Attendance.session_id, Attendance.participant_id)
    )
    return [(session_id, participant_id, last) for session_id, participant_id, last in found]


async def close_stay(db: AsyncSession, participant_id: str, at: datetime | None = None) -> bool:
    """End the current stay in the attendance, now or as of `at`; False when there is none."""
    stay = await _current_stay(db, participant_id)
    if stay is None:
        return False
    stay.left_at = max(at or now(), stay.came_at)
    return True


async def _current_stay(db: AsyncSession, participant_id: str) -> Attendance | None:
    found = select(Attendance).where(Attendance.participant_id == participant_id, Attendance.left_at.is_(None))
    return (await db.scalars(found)).first()


def _lead(db: AsyncSession, actor: Actor, live: Live, ident: str) -> None:
    if ident == live.host_id:
        live.row.host_participant_id = ident  # whoever comes later does not take their place
    else:
        take_lead(db, actor, live, ident)


def _new_seat(live: Live, ident: str) -> Seat:
    moment = now()
    return Seat(
        participant_id=ident, session_id=live.session.id, room=_first_room(live, ident), arrived_at=moment, since=moment,
        muted=False, may_share_screen=False,
    )  # fmt: skip


def _first_room(live: Live, ident: str) -> str:
    return MAIN if ident == live.host_id else waiting_room(ident)
