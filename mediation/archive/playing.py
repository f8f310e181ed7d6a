"""Play a recording of a closed case: every time is written down, and what was written down opens the files."""

import asyncio
from datetime import timedelta

from sqlalchemy import select
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


async def play(db: AsyncSession, actor: StaffActor, case_id: str, recording_id: str) -> tuple[Playback, Recording]:
    """Let the actor play the recording for twelve hours; that they do is journalled.

    Raises NotFound, NotAllowed (also "reason_needed", see `read_case`), Expired when it was erased after its time.
    """
    await case_for(db, actor, case_id, Action.PLAY_RECORDING)
    await opened(db, actor, case_id)
    recording = await db.get(Recording, recording_id)
    if recording is None or recording.case_id != case_id or recording.ended_at is None:
        raise NotFound("recording_not_found", "There is no such recording.")
    if recording.erased_at is not None:
        raise Expired("recording_erased", "This recording was deleted when its time was over.")
    playback = Playback(recording_id=recording.id, staff_id=actor.staff_id, at=now())
    db.add(playback)
    await db.flush()
    record(db, actor, "recording_played", case_id=case_id, subject=recording.id)
    return playback, recording


async def film_of(db: AsyncSession, settings: Settings, actor: StaffActor, playback_id: str, part_id: str) -> Film:
    """One person's film of a recording that the actor is playing. Raises NotFound, NotAllowed, Unavailable."""
    require(actor, Action.PLAY_RECORDING)
    found = select(Playback).where(
        Playback.id == playback_id, Playback.staff_id == actor.staff_id, Playback.at > now() - LASTS
    )
    playback = await db.scalar(found)
    part = await db.scalar(select(RecordedPart).where(RecordedPart.id == part_id))
    if playback is None or part is None or part.recording_id != playback.recording_id or not part.filed_at:
        raise NotFound("recording_not_found", "There is no such recording.")
    recording = await db.get_one(Recording, part.recording_id)
    await case_for(db, actor, recording.case_id, Action.PLAY_RECORDING)  # the right may have ended meanwhile
    if part.contents is None:
        raise Unavailable("recording_altered", "This recording was altered. Please tell an administrator.")
    return await asyncio.to_thread(Film, file_of(db, settings, part), Contents.read(part.contents))
