"""Whether a case is as it was written: its journal entries by their hashes, its stored papers by theirs."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from mediation.cases.models import CaseDocument
from mediation.documents.store import fetch
from mediation.errors import Unavailable
from mediation.journal.models import JournalEntry
from mediation.journal.record import GENESIS, entry_hash


@dataclass(frozen=True)
class Verdict:
    """How many journal entries a case has, the first broken one (its number), how many papers, the broken ones (ids)."""

    entries: int
    broken_entry: int | None
    papers: int
    broken_papers: tuple[str, ...]

    @property
    def unaltered(self) -> bool:
        """Whether everything is as it was written."""
        return self.broken_entry is None and not self.broken_papers


async def verdicts(db: AsyncSession, case_ids: Collection[str], data_dir: Path) -> dict[str, Verdict]:
    """Case id → the verdict. Each entry is computed anew, and compared with what the next one says of it."""
    counted, broken = await _entries(db, case_ids)
    found = select(CaseDocument).where(CaseDocument.case_id.in_(case_ids)).order_by(CaseDocument.id)
    documents = (await db.scalars(found)).all()
    altered = await asyncio.to_thread(_altered, documents, data_dir)
    return {
        case_id: Verdict(
            counted.get(case_id, 0),
            broken.get(case_id),
            sum(document.case_id == case_id for document in documents),
            tuple(document.id for document in documents if document.case_id == case_id and document.id in altered),
        )
        for case_id in case_ids
    }


async def _entries(db: AsyncSession, case_ids: Collection[str]) -> tuple[dict[str, int], dict[str, int]]:
    before, after = aliased(JournalEntry), aliased(JournalEntry)
    chained = (
        select(JournalEntry, before.hash, after.previous_hash)
        .outerjoin(before, before.seq == JournalEntry.seq - 1)
        .outerjoin(after, after.seq == JournalEntry.seq + 1)
        .where(JournalEntry.case_id.in_(case_ids))
        .order_by(JournalEntry.seq)
    )
    counted: dict[str, int] = {}
    broken: dict[str, int] = {}
    for entry, previous, following in await db.execute(chained):
        case_id = str(entry.case_id)
        counted[case_id] = counted.get(case_id, 0) + 1
        computed = entry_hash(entry)
        whole = (
            computed == entry.hash
            and entry.previous_hash == (GENESIS if entry.seq == 1 else previous)
            and following in (None, computed)
        )
        if not whole:
            broken.setdefault(case_id, entry.seq)
    return counted, broken


def _altered(documents: Sequence[CaseDocument], data_dir: Path) -> set[str]:
    """The ids of papers whose bytes are lost or others."""
    altered = set()
    for document in documents:
        try:
            fetch(data_dir, document.sha256)
        except Unavailable:
            altered.add(document.id)
    return altered
