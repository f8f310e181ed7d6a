"""Count SEQUENCE as RFC 5546 section 2.1.4 wants it: up when time, status or address change, up with every CANCEL."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.calendars.models import CalendarEntry
from mediation.tokens import new_id


async def entry_of(db: AsyncSession, participant_id: str) -> CalendarEntry | None:
    """What this participant's calendar was told last; locked until the transaction ends."""
    found = select(CalendarEntry).where(CalendarEntry.participant_id == participant_id).with_for_update()
    entry: CalendarEntry | None = await db.scalar(found)
    return entry


async def requested(
    db: AsyncSession, participant_id: str, starts_at: datetime, ends_at: datetime, address_version: int
) -> tuple[CalendarEntry, bool]:
    """The entry for a REQUEST, and whether it says something new (a mere re-send keeps its SEQUENCE)."""
    entry = await entry_of(db, participant_id)
    if entry is None:
        entry = CalendarEntry(
            participant_id=participant_id, uid=f"{new_id()}{new_id()}@calendar.invalid", sequence=0,
            starts_at=starts_at, ends_at=ends_at, address_version=address_version, cancelled=False,
        )  # fmt: skip
        db.add(entry)
        await db.flush()
        return entry, True
    told = (entry.starts_at, entry.ends_at, entry.address_version, entry.cancelled)
    if told == (starts_at, ends_at, address_version, False):
        return entry, False
    entry.starts_at, entry.ends_at, entry.address_version, entry.cancelled = starts_at, ends_at, address_version, False
    entry.sequence += 1
    await db.flush()
    return entry, True


async def cancelled(db: AsyncSession, participant_id: str) -> CalendarEntry | None:
    """The entry for a CANCEL, one SEQUENCE higher; None when this participant's calendar was never told."""
    entry = await entry_of(db, participant_id)
    if entry is None:
        return None
    entry.cancelled = True
    entry.sequence += 1
    await db.flush()
    return entry
