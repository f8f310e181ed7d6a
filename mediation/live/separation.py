"""Keep two persons apart from now on, wherever they sit at this moment."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.apart import parties_known
from mediation.live.rules import parted
from mediation.live.seating import load, place
from mediation.people.models import ProtectedPair
from mediation.people.protection import protect
from mediation.people.queries import lock_people
from mediation.sessions.models import MediationSession, Participant, SessionState


async def keep_apart(
    db: AsyncSession, actor: StaffActor, one: str, other: str, reason: str, case_id: str | None = None
) -> ProtectedPair:
    """Add the protected pair and part them, and those who attend them, in every session where they are seated together.

    Protecting and seating lock the same people, so that neither slips past the other. Both are in the directory of the
    actor's organisation, or parties of this case. Raises what `protect` raises.
    """
    known = await parties_known(db, actor, case_id) if case_id else frozenset[str]()
    # Everybody who could be locked later is locked now, in one order: who seats people does the same.
    await lock_people(db, await _people_of(db, await _shared_sessions(db, one, other)) | {one, other})
    pair = await protect(db, actor, one, other, reason, known)
    for session_id in await _shared_sessions(db, one, other):
        live = await load(db, session_id, lock=True)
        moves = parted(live.seated(), live.pairs, live.mode)
        if moves:
            place(db, actor, live, moves, "separated")
    return pair


async def _shared_sessions(db: AsyncSession, one: str, other: str) -> list[str]:
    """The open sessions in which both are expected."""
    both = (
        select(Participant.session_id)
        .join(MediationSession, MediationSession.id == Participant.session_id)
        .where(
            Participant.person_id.in_((one, other)),
            MediationSession.state.in_((SessionState.BOOKED, SessionState.LIVE)),
        )
        .group_by(Participant.session_id)
        .having(func.count() == 2)
    )
    return sorted(await db.scalars(both))


async def _people_of(db: AsyncSession, session_ids: list[str]) -> set[str]:
    expected = select(Participant.person_id).where(Participant.session_id.in_(session_ids))
    return set(await db.scalars(expected))
