"""Read the recordings of a closed case from the first byte to the last: an action of its own, since they are large."""

import asyncio
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.archive.integrity import Verdict, kept_of
from mediation.archive.reading import opened
from mediation.db import Database
from mediation.journal.record import record


async def check_recordings(database: Database, data_dir: Path, actor: StaffActor, case_id: str) -> Verdict:
    """Compare every byte with what was filed. Result and time are kept in the journal (`recordings_checked`), where nobody
    changes them unnoticed; while the files are read, nothing is held in the database.

    Raises NotFound, NotAllowed (also "reason_needed", see `read_case`).
    """
    async with database.read() as db:
        await opened(db, actor, case_id)
        kept = (await kept_of(db, [case_id]))[case_id]
    verdict = await asyncio.to_thread(kept.verdict, data_dir, every_byte=True)
    await database.write(lambda db: _note(db, actor, case_id, verdict))
    return verdict


async def _note(db: AsyncSession, actor: StaffActor, case_id: str, verdict: Verdict) -> None:
    broken = list(verdict.broken_recordings)
    record(db, actor, "recordings_checked", case_id=case_id, subject=case_id, number=verdict.recordings, broken=broken)
