"""Play a recording of a closed case: who opens it, and that something of it was given out, is written down."""

import asyncio
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.archive.models import Playback
from mediation.archive.reading import opened
from mediation.cases.access import case_for
from mediation.clock import now
from mediation.config import Settings
from mediation.errors import Expired, NotFound, Unavailable
from mediation.journal.record import record
from mediation.permissions import Action, require
from mediation.recordings.filing import file_of
from mediation.recordings.film import Contents, Film
from mediation.recordings.models import RecordedPart, Recording

LASTS = timedelta(hours=12)


async def recording_for(db: AsyncSession, actor: StaffActor, case_id: str, recording_id: str) -> Recording:
    """The recording, if the actor may play it now; writes nothing down.

    Raises NotFound, NotAllowed (also "reason_needed", see `read_case`), Expired when it was erased after its time.
    """
    await case_for(db, actor, case_id, Action.PLAY_RECORDING)
    await opened(db, actor, case_id)
    recording = await db.get(Recording, recording_id)
    if recording is None or recording.case_id != case_id or recording.ended_at is None:
        raise _not_found()
    _require_kept(recording)
    return recording


async def open_recording(
    db: AsyncSession, actor: StaffActor, case_id: str, recording_id: str
) -> tuple[Playback, Recording]:
    """Let the actor play the recording for twelve hours; that they looked is journalled. Raises as `recording_for`."""
    recording = await recording_for(db, actor, case_id, recording_id)
    playback = Playback(recording_id=recording.id, staff_id=actor.staff_id, at=now())
    db.add(playback)
    await db.flush()
    record(db, actor, "archive_read", case_id=case_id, subject=recording.id)
    return playback, recording


async def film_of(
    db: AsyncSession, settings: Settings, actor: StaffActor, playback_id: str, part_id: str
) -> tuple[Playback, Film]:
    """One person's film of a recording that the actor has open.

    Raises NotFound, NotAllowed, Expired when it was erased meanwhile, Unavailable.
    """
    require(actor, Action.PLAY_RECORDING)
    found = select(Playback).where(
        Playback.id == playback_id, Playback.staff_id == actor.staff_id, Playback.at > now() - LASTS
    )
    playback = await db.scalar(found)
    part = await db.scalar(select(RecordedPart).where(RecordedPart.id == part_id))
    if playback is None or part is None or part.recording_id != playback.recording_id or not part.filed_at:
        raise _not_found()
    recording = await db.get_one(Recording, part.recording_id)
    await case_for(db, actor, recording.case_id, Action.PLAY_RECORDING)  # the right may have ended meanwhile
    _require_kept(recording)
    if part.contents is None:
        raise Unavailable("recording_altered", "This recording was altered. Please tell an administrator.")
    return playback, await asyncio.to_thread(Film, file_of(db, settings, part), Contents.read(part.contents))


async def note_played(db: AsyncSession, actor: StaffActor, playback_id: str) -> None:
    """Journal that something of the recording is given out; once, however many films and ranges follow."""
    unplayed = update(Playback).where(Playback.id == playback_id, Playback.played_at.is_(None))
    first = await db.execute(unplayed.values(played_at=now()).execution_options(synchronize_session=False))
    if first.rowcount:  # type: ignore[attr-defined]
        playback = await db.get_one(Playback, playback_id)
        recording = await db.get_one(Recording, playback.recording_id)
        record(db, actor, "recording_played", case_id=recording.case_id, subject=recording.id)


def _not_found() -> NotFound:
    return NotFound("recording_not_found", "There is no such recording.")


def _require_kept(recording: Recording) -> None:
    if recording.erased_at is not None:
        raise Expired("recording_erased", "This recording was deleted when its time was over.")
