"""What the journal says of closed cases: which papers and films were filed with which SHA-256, and whether it can be believed."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from mediation.journal.models import JournalEntry
from mediation.journal.record import GENESIS, entry_hash


@dataclass(frozen=True)
class Checked:
    """When recordings were last read from the first byte to the last, and the ids of those that were not as they were filed."""

    at: datetime
    broken: frozenset[str]


@dataclass
class Told:
    """Of one case: how many entries, the number of the first broken one; papers as id → SHA-256, films likewise by the id of
    their recording; recordings that were begun, and those that were erased when their time was over; their last check."""

    entries: int = 0
    broken: int | None = None
    papers: dict[str, str] = field(default_factory=dict)
    films: dict[str, dict[str, str]] = field(default_factory=dict)
    recordings: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    checked: Checked | None = None

    def hear(self, entry: JournalEntry) -> None:
        """Take in an entry that holds."""
        subject, data = entry.subject or "", entry.data
        match entry.action:
            case "document_filed":
                self.papers[subject] = data["sha256"]
            case "recording_started":
                self.recordings.add(subject)
            case "recording_filed":
                self.films.setdefault(subject, {})[data["part"]] = data["sha256"]
            case "recording_erased":
                self.erased.add(subject)
            case "recordings_checked":
                self.checked = Checked(entry.at, frozenset(data["broken"]))


async def told_of(db: AsyncSession, case_ids: Collection[str]) -> dict[str, Told]:
    """Case id → what is told. Each entry is computed anew, and compared with what the next one says of it."""
    before, after = aliased(JournalEntry), aliased(JournalEntry)
    chained = (
        select(JournalEntry, before.hash, after.previous_hash)
        .outerjoin(before, before.seq == JournalEntry.seq - 1)
        .outerjoin(after, after.seq == JournalEntry.seq + 1)
        .where(JournalEntry.case_id.in_(case_ids))
        .order_by(JournalEntry.seq)
    )
    found = {case_id: Told() for case_id in case_ids}
    for entry, previous, following in await db.execute(chained):
        told, computed = found[str(entry.case_id)], entry_hash(entry)
        told.entries += 1
        whole = (
            computed == entry.hash
            and entry.previous_hash == (GENESIS if entry.seq == 1 else previous)
            and following in (None, computed)
        )
        if whole:
            told.hear(entry)
        elif told.broken is None:
            told.broken = entry.seq
    return found
