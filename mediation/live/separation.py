"""Keep two persons apart from now on, wherever they sit at this moment."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.live.models import Seat
from mediation.live.rules import LEFT, parted
from mediation.live.seating import load, place
from mediation.people.protection import protect
from mediation.sessions.models import MediationSession, Participant, SessionState


async def keep_apart(db: AsyncSession, actor: StaffActor, one: str, other: str, reason: str) -> None:
    """Add the protected pair and part them in every session where they are seated together.

    Protecting and seating lock the same people, so that neither slips past the other.
    """
    await protect(db, actor, one, other, reason)
    for session_id in await _shared_sessions(db, one, other):
        live = await load(db, session_id, lock=True)
        moves = parted(live.seated(), live.pairs, live.mode)
        if moves:
            place(db, actor, live, moves, "separated")


async def _shared_sessions(db: AsyncSession, one: str, other: str) -> list[str]:
    rows = await db.execute(
        select(Participant.session_id, Participant.person_id)
        .join(Seat, Seat.participant_id == Participant.id)
        .join(MediationSession, MediationSession.id == Participant.session_id)
        .where(
            Participant.person_id.in_((one, other)),
            Seat.room != LEFT,
            MediationSession.state.in_((SessionState.BOOKED, SessionState.LIVE)),
        )
    )
    seen: dict[str, set[str]] = {}
    for session_id, person_id in rows.tuples():
        seen.setdefault(session_id, set()).add(person_id)
    return sorted(session_id for session_id, people in seen.items() if people == {one, other})
