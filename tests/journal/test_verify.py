"""The journal proves itself, or names the first entry that was tampered with; many writers keep one chain."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Delete, Update, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM
from mediation.db import Database
from mediation.journal import verify as verifying
from mediation.journal.models import JournalEntry, JournalHead
from mediation.journal.record import GENESIS, entry_hash, record
from mediation.journal.verify import Broken, Verification, verify

ENTRIES = 12


async def write(database: Database, count: int = ENTRIES) -> None:
    for step in range(count):

        async def unit(db: AsyncSession, step: int = step) -> None:
            record(db, SYSTEM, "tried", case_id=f"case{step % 2}", subject=f"s{step}", step=step, 话="可转达")

        await database.write(unit)


async def verified(database: Database) -> Verification:
    async with database.read() as db:
        return await verify(db)


async def test_an_empty_journal_holds(database: Database) -> None:
    assert await verified(database) == Verification(None, 0, GENESIS)


@pytest.mark.parametrize("batch", [1, 5, 12, 500])
async def test_an_untouched_journal_holds(database: Database, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(verifying, "BATCH", batch)
    await write(database)
    result = await verified(database)
    async with database.read() as db:
        head = await db.get_one(JournalHead, 1)
    assert result == Verification(None, ENTRIES, head.hash)


def of(seq: int) -> Update:
    return update(JournalEntry).where(JournalEntry.seq == seq)


CHANGED = "the entry was changed"
TAMPERED: dict[str, tuple[Callable[[], Update | Delete], Broken]] = {
    "actor": (lambda: of(7).values(actor="staff:other"), Broken(7, CHANGED)),
    "action": (lambda: of(7).values(action="never"), Broken(7, CHANGED)),
    "case": (lambda: of(7).values(case_id="other"), Broken(7, CHANGED)),
    "case taken away": (lambda: of(7).values(case_id=None), Broken(7, CHANGED)),
    "subject": (lambda: of(7).values(subject="other"), Broken(7, CHANGED)),
    "subject taken away": (lambda: of(7).values(subject=None), Broken(7, CHANGED)),
    "data": (lambda: of(7).values(data={"step": 6, "话": "不可转达"}), Broken(7, CHANGED)),
    "a moment": (lambda: of(7).values(at=JournalEntry.at), Broken(7, CHANGED)),
    "hash": (lambda: of(7).values(hash="f" * 64), Broken(7, CHANGED)),
    "hash of the one before": (
        lambda: of(7).values(previous_hash="f" * 64),
        Broken(7, "the entry does not follow the one before"),
    ),
    "the first one": (lambda: of(1).values(action="never"), Broken(1, CHANGED)),
    "the last one": (lambda: of(ENTRIES).values(action="never"), Broken(ENTRIES, CHANGED)),
    "one taken out": (lambda: delete(JournalEntry).where(JournalEntry.seq == 7), Broken(7, "the entry is missing")),
    "the first taken out": (
        lambda: delete(JournalEntry).where(JournalEntry.seq == 1),
        Broken(1, "the entry is missing"),
    ),
    "the tail cut off": (
        lambda: delete(JournalEntry).where(JournalEntry.seq > 9),
        Broken(10, "the entry is missing"),
    ),
    "all taken out": (lambda: delete(JournalEntry), Broken(1, "the entry is missing")),
    "the head wound back": (
        lambda: update(JournalHead).values(
            seq=9, hash=select(JournalEntry.hash).where(JournalEntry.seq == 9).scalar_subquery()
        ),
        Broken(10, "the entry lies after the head of the chain"),
    ),
    "the head's number alone": (
        lambda: update(JournalHead).values(seq=9),
        Broken(9, "the head of the chain has another hash"),
    ),
    "the head's hash": (
        lambda: update(JournalHead).values(hash="f" * 64),
        Broken(ENTRIES, "the head of the chain has another hash"),
    ),
    "the head taken out": (lambda: delete(JournalHead), Broken(1, "the head of the chain is missing")),
}


@pytest.mark.parametrize("tampered", TAMPERED)
async def test_whatever_is_tampered_with_is_named(database: Database, tampered: str) -> None:
    await write(database)
    statement, expected = TAMPERED[tampered]

    async def unit(db: AsyncSession) -> None:
        if tampered == "a moment":
            entry = await db.get_one(JournalEntry, 7)
            entry.at += timedelta(microseconds=1)
        else:
            await db.execute(statement())

    await database.write(unit)
    result = await verified(database)
    assert result.broken == expected
    assert result.count == expected.seq - 1


async def test_two_entries_in_exchange_are_named(database: Database) -> None:
    await write(database)

    async def unit(db: AsyncSession) -> None:
        for seq, other in ((5, 1005), (6, 5), (1005, 6)):
            await db.execute(update(JournalEntry).where(JournalEntry.seq == seq).values(seq=other))

    await database.write(unit)
    assert (await verified(database)).broken == Broken(5, "the entry does not follow the one before")


async def test_an_entry_rewritten_with_its_hash_breaks_the_next(database: Database) -> None:
    await write(database)

    async def unit(db: AsyncSession) -> None:
        entry = await db.get_one(JournalEntry, 7)
        entry.action = "never"
        entry.hash = entry_hash(entry)

    await database.write(unit)
    assert (await verified(database)).broken == Broken(8, "the entry does not follow the one before")


async def test_fifty_writers_at_once_keep_one_chain(database: Database) -> None:
    """Also the very first ones, who find no head of the chain yet."""

    async def one(step: int) -> None:
        async def unit(db: AsyncSession) -> None:
            record(db, SYSTEM, "tried", step=step)
            record(db, SYSTEM, "tried again", step=step)

        await database.write(unit)

    await asyncio.gather(*(one(step) for step in range(50)))
    result = await verified(database)
    assert (result.broken, result.count) == (None, 100)
    async with database.read() as db:
        entries = (await db.scalars(select(JournalEntry).order_by(JournalEntry.seq))).all()
    assert sorted(entry.data["step"] for entry in entries if entry.action == "tried") == list(range(50))
    # What belongs together lies together.
    assert all(first.data == second.data for first, second in zip(entries[::2], entries[1::2], strict=True))


async def test_what_is_not_committed_leaves_no_gap(database: Database) -> None:
    async def fails(db: AsyncSession) -> None:
        record(db, SYSTEM, "never")
        await db.execute(text("SELECT 1"))
        raise KeyError

    await write(database, 2)
    with pytest.raises(KeyError):
        await database.write(fails)
    await write(database, 2)
    assert (await verified(database)).broken is None
    assert (await verified(database)).count == 4
