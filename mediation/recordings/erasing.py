"""Recordings are kept for a time that the workstation sets; then their keys are forgotten and their files removed."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM
from mediation.clock import now
from mediation.db import Database
from mediation.journal.record import record
from mediation.recordings.models import RecordedPart, Recording


async def erase_old(database: Database, data_dir: Path, keep_days: int) -> None:
    """Erase the recordings whose time is over: `keep_days`, or less where people agreed to less. First the keys: without them the files are noise."""
    await database.write(lambda db: _forget_keys(db, keep_days))
    folders = await asyncio.to_thread(_folders, data_dir)
    async with database.read() as db:
        found = select(Recording.id).where(Recording.id.in_(folders), Recording.erased_at.is_not(None))
        erased = (await db.scalars(found)).all()
    for ident in erased:
        await asyncio.to_thread(shutil.rmtree, folders[ident])


async def _forget_keys(db: AsyncSession, keep_days: int) -> None:
    kept = select(Recording).where(Recording.ended_at.is_not(None), Recording.erased_at.is_(None)).with_for_update()
    for recording in (await db.scalars(kept)).all():
        kept_for = timedelta(days=days_kept(recording, keep_days))
        if recording.ended_at is None or now() - recording.ended_at < kept_for:
            continue
        recording.erased_at = now()
        await db.execute(
            update(RecordedPart)
            .where(RecordedPart.recording_id == recording.id)
            .values(wrapped_key="", contents=None)
            .execution_options(synchronize_session=False)
        )
        record(db, SYSTEM, "recording_erased", case_id=recording.case_id, subject=recording.id)


def days_kept(recording: Recording, keep_days: int) -> int:
    """After how many days it is erased. A longer time that was set later is not what people agreed to."""
    return min(keep_days, recording.keep_days or keep_days)


def _folders(data_dir: Path) -> dict[str, Path]:
    place = data_dir / "recordings"
    return {folder.name: folder for folder in place.iterdir()} if place.exists() else {}
