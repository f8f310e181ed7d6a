"""A recording begins and ends; each person's part of it gets a file and a key."""

from collections.abc import Collection, Sequence
from itertools import product

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, Actor, StaffActor
from mediation.clock import now
from mediation.db import key_folder
from mediation.journal.record import record
from mediation.recordings.kinds import End, Shows
from mediation.recordings.masters import newest, wrap
from mediation.recordings.models import RecordedPart, Recording
from mediation.sessions.models import MediationSession, SessionState
from mediation.tokens import new_id, new_key


async def newest_of(db: AsyncSession, session_id: str) -> Recording | None:
    """The session's last recording, which may still be running."""
    found = select(Recording).where(Recording.session_id == session_id).order_by(Recording.started_at.desc())
    return (await db.scalars(found.limit(1))).first()


async def begin(db: AsyncSession, actor: StaffActor, session: MediationSession, keep_days: int) -> Recording:
    """A new recording, to be kept for so many days; the caller has locked the session and asked the rules."""
    made = Recording(
        session_id=session.id, case_id=session.case_id, started_by_staff_id=actor.staff_id, started_at=now(),
        keep_days=keep_days,
    )  # fmt: skip
    db.add(made)
    await db.flush()
    record(db, actor, "recording_started", case_id=session.case_id, subject=made.id, number=session.number)
    return made


def end(db: AsyncSession, actor: Actor, recording: Recording, why: End) -> None:
    """Nobody is recorded any more."""
    recording.ended_at, recording.ended_by = now(), why
    record(db, actor, "recording_ended", case_id=recording.case_id, subject=recording.id, why=why.value)


async def end_interrupted(db: AsyncSession) -> None:
    """After a restart of the server nothing goes on being recorded by itself."""
    for recording in await db.scalars(select(Recording).where(Recording.ended_at.is_(None))):
        end(db, SYSTEM, recording, End.INTERRUPTED)


async def outlasting(db: AsyncSession) -> Sequence[Recording]:
    """Recordings that still run although their session is over, whoever ended that and from where."""
    over = select(MediationSession.id).where(MediationSession.state != SessionState.LIVE)
    found = select(Recording).where(Recording.ended_at.is_(None), Recording.session_id.in_(over))
    return (await db.scalars(found)).all()


async def end_outlasting(db: AsyncSession) -> None:
    """End those."""
    for recording in await outlasting(db):
        end(db, SYSTEM, recording, End.SESSION_OVER)


async def add_parts(
    db: AsyncSession, recording_id: str, participant_ids: Collection[str]
) -> dict[str, dict[Shows, tuple[str, bytes]]]:
    """For each of these people the id and the key of a new file of the person and of one of their screen."""
    folder = key_folder(db)
    (number, master), began_at = newest(folder), now()
    parts: dict[str, dict[Shows, tuple[str, bytes]]] = {ident: {} for ident in sorted(participant_ids)}
    for participant_id, shows in product(parts, Shows):
        ident, key = new_id(), new_key()
        db.add(
            RecordedPart(
                id=ident, recording_id=recording_id, participant_id=participant_id, shows=shows, began_at=began_at,
                master=number, wrapped_key=wrap(master, ident, key), altered=False,
            )
        )  # fmt: skip
        parts[participant_id][shows] = ident, key
    await db.flush()
    return parts


async def forget_parts(db: AsyncSession, idents: Collection[str]) -> None:
    """Files that the media engine never began: nothing is lost with them, so nobody may look for them later."""
    await db.execute(delete(RecordedPart).where(RecordedPart.id.in_(idents)))
