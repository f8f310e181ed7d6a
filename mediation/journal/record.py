"""Append to the journal: one hash-chained record; the case timeline and the audit are two readings of it."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor
from mediation.clock import now
from mediation.db import at_commit
from mediation.journal.models import JournalEntry, JournalHead

GENESIS = "0" * 64
_INSERT: dict[str, Callable[[type[JournalHead]], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
_Pending = tuple[datetime, str, str, str | None, str | None, dict[str, Any]]


def record(
    db: AsyncSession,
    actor: Actor,
    action: str,
    *,
    case_id: str | None = None,
    subject: str | None = None,
    **data: Any,
) -> None:
    """Write down that `actor` did `action`; kept if and only if the unit of work commits.

    `data` holds ids and masked values only: never a name, address, phone, identity number or text of a dispute.
    """
    pending: list[_Pending] = db.info.setdefault("journal", [])
    pending.append((now(), actor.key, action, case_id, subject, data))
    at_commit(db, "journal", _append)


def entry_hash(entry: JournalEntry) -> str:
    """SHA-256 over the entry's canonical JSON and the hash of the entry before it."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    content = [
        entry.seq,
        at,
        entry.actor,
        entry.action,
        entry.case_id,
        entry.subject,
        entry.data,
        entry.previous_hash,
    ]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


async def _append(db: AsyncSession) -> None:
    pending: list[_Pending] = db.info.pop("journal", [])
    head = await _locked_head(db)
    for at, actor, action, case_id, subject, data in pending:
        entry = JournalEntry(
            seq=head.seq + 1, at=at, actor=actor, action=action, case_id=case_id, subject=subject,
            data=data, previous_hash=head.hash,
        )  # fmt: skip
        entry.hash = entry_hash(entry)
        db.add(entry)
        head.seq, head.hash = entry.seq, entry.hash
    await db.flush()


async def _locked_head(db: AsyncSession) -> JournalHead:
    locked = select(JournalHead).where(JournalHead.id == 1).with_for_update()
    head = await db.scalar(locked)
    if head is None:
        # The first entry ever. Of two first writers one inserts; the other waits for its commit and finds the row.
        insert = _INSERT[db.get_bind().dialect.name]
        await db.execute(insert(JournalHead).values(id=1, seq=0, hash=GENESIS).on_conflict_do_nothing())
        head = (await db.scalars(locked)).one()
    return head
