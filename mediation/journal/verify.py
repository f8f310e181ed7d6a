"""Prove the journal, or name the first entry that was tampered with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.i18n import marked
from mediation.journal.models import JournalEntry, JournalHead
from mediation.journal.record import GENESIS, entry_hash

BATCH = 500  # entries in memory at a time


@dataclass(frozen=True)
class Broken:
    """The first place where the chain does not hold: the number of the entry, and in which way (a message id)."""

    seq: int
    why: str


@dataclass(frozen=True)
class Verification:
    """`count` entries hold; `head` is the last one's hash. Noted down elsewhere, it proves later that nothing was
    rewritten from some entry on, which no chain can show by itself."""

    broken: Broken | None
    count: int
    head: str


async def verify(db: AsyncSession) -> Verification:
    """Walk the chain from the first entry to the head. Entries that are appended meanwhile are not waited for."""
    # One statement sees one moment: the head and the entries it must agree with.
    last_seq = select(func.max(JournalEntry.seq)).scalar_subquery()
    row = (
        await db.execute(select(JournalHead.seq, JournalHead.hash, last_seq).where(JournalHead.id == 1))
    ).one_or_none()
    if row is None:
        entries = await db.scalar(select(func.count()).select_from(JournalEntry)) or 0
        return Verification(Broken(1, marked("the head of the chain is missing")) if entries else None, 0, GENESIS)
    head_seq, head_hash, last = row
    count, previous = 0, GENESIS
    async for entry in _entries(db, head_seq):
        if why := _fault(entry, count + 1, previous):
            return Verification(Broken(count + 1, why), count, previous)
        count, previous = entry.seq, entry.hash
    if count < head_seq:
        return Verification(Broken(count + 1, marked("the entry is missing")), count, previous)
    if previous != head_hash:
        return Verification(Broken(count, marked("the head of the chain has another hash")), count - 1, previous)
    if (last or 0) > head_seq:
        return Verification(Broken(head_seq + 1, marked("the entry lies after the head of the chain")), count, previous)
    return Verification(None, count, previous)


def _fault(entry: JournalEntry, expected: int, previous: str) -> str | None:
    if entry.seq != expected:
        return marked("the entry is missing")
    if entry.previous_hash != previous:
        return marked("the entry does not follow the one before")
    return None if entry_hash(entry) == entry.hash else marked("the entry was changed")


async def _entries(db: AsyncSession, until: int) -> AsyncIterator[JournalEntry]:
    # By key, not by a cursor: the same on both databases, and no transaction stays open over a long journal.
    after = 0
    while True:
        following = select(JournalEntry).where(JournalEntry.seq > after, JournalEntry.seq <= until)
        batch = (await db.scalars(following.order_by(JournalEntry.seq).limit(BATCH))).all()
        for entry in batch:
            yield entry
        if len(batch) < BATCH:
            return
        after = batch[-1].seq
        db.expunge_all()
