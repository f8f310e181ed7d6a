"""Look through the files of ended recordings once, so that the archive knows what each holds without opening it."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database, key_folder
from mediation.errors import Unavailable
from mediation.journal.record import record
from mediation.recordings.checksum import Checksum
from mediation.recordings.film import Contents, look_through
from mediation.recordings.masters import unwrap
from mediation.recordings.models import RecordedPart, Recording
from mediation.recordings.sealed import SealedFile

PATIENCE = timedelta(seconds=60)  # so long after the end a file may still lack its last chunk


def path_of(data_dir: Path, part: RecordedPart) -> Path:
    """Where the part's file lies."""
    return data_dir / "recordings" / part.recording_id / part.id


def file_of(db: AsyncSession, settings: Settings, part: RecordedPart) -> SealedFile:
    """The part's file, opened with its key. Raises Unavailable."""
    return SealedFile(path_of(settings.data_dir, part), part.id, unwrap(key_folder(db), part))


async def file_parts(database: Database, settings: Settings) -> None:
    """Note what the files of ended recordings hold. One that a crash cut off is kept as far as it goes."""
    async with database.read() as db:
        waiting = await db.execute(
            select(RecordedPart, Recording)
            .join(Recording, Recording.id == RecordedPart.recording_id)
            .where(
                Recording.ended_at.is_not(None),
                Recording.erased_at.is_(None),
                RecordedPart.sha256.is_(None),
                RecordedPart.altered.is_(False),
            )
        )
        found = [(part, recording, _opened(db, settings, part)) for part, recording in waiting]
    for part, recording, file in found:
        contents = await asyncio.to_thread(_contents, file)
        whole = contents is not None and contents.whole
        if whole or (recording.ended_at is not None and recording.ended_at < now() - PATIENCE):
            checksum = await asyncio.to_thread(Checksum.of, path_of(settings.data_dir, part)) if contents else None
            await database.write(partial(_note, part_id=part.id, contents=contents, checksum=checksum))


def _opened(db: AsyncSession, settings: Settings, part: RecordedPart) -> SealedFile | None:
    try:
        return file_of(db, settings, part)
    except Unavailable:
        return None


def _contents(file: SealedFile | None) -> Contents | None:
    """None when it is lost, altered or can't be opened."""
    try:
        return None if file is None else look_through(file)
    except Unavailable:
        return None


async def _note(db: AsyncSession, part_id: str, contents: Contents | None, checksum: Checksum | None) -> None:
    found = select(RecordedPart, Recording).join(Recording, Recording.id == RecordedPart.recording_id)
    locked = found.where(RecordedPart.id == part_id).with_for_update()
    part, recording = (await db.execute(locked)).one()
    if recording.erased_at is not None or part.sha256 is not None:
        return
    part.filed_at, part.altered = now(), checksum is None
    about = {"case_id": recording.case_id, "subject": recording.id, "part": part.id}
    if contents is None or checksum is None:
        record(db, SYSTEM, "recording_damaged", **about)
        return
    part.contents, part.size, part.sha256 = asdict(contents), checksum.size, checksum.sha256
    record(db, SYSTEM, "recording_filed", **about, size=checksum.size, sha256=checksum.sha256)
