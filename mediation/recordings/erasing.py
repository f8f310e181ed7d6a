"""Recordings are kept for a time that the workstation sets; then their keys are forgotten and their files removed."""

import asyncio
import shutil
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM
from mediation.clock import now
from mediation.db import Database
from mediation.journal.record import record
from mediation.recordings.models import RecordedPart, Recording


async def erase_old(database: Database, data_dir: Path, before: datetime) -> None:
    """Erase the recordings that ended before the moment given. First the keys: without them the files are noise."""
    await database.write(lambda db: _forget_keys(db, before))
    folders = await asyncio.to_thread(_folders, data_dir)
    async with database.read() as db:
        found = select(Recording.id).where(Recording.id.in_(folders), Recording.erased_at.is_not(None))
        erased = (await db.scalars(found)).all()
    for ident in erased:
        await asyncio.to_thread(shutil.rmtree, folders[ident])


async def _forget_keys(db: AsyncSession, before: datetime) -> None:
    old = select(Recording).where(Recording.ended_at < before, Recording.erased_at.is_(None)).with_for_update()
    for recording in (await db.scalars(old)).all():
        recording.erased_at = now()
        await db.execute(
            update(RecordedPart)
            .where(RecordedPart.recording_id == recording.id)
            .values(wrapped_key="", contents=None)
            .execution_options(synchronize_session=False)
        )
        record(db, SYSTEM, "recording_erased", case_id=recording.case_id, subject=recording.id)


def _folders(data_dir: Path) -> dict[str, Path]:
    place = data_dir / "recordings"
    return {folder.name: folder for folder in place.iterdir()} if place.exists() else {}
