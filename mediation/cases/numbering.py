"""The number of a case file: a configurable pattern over the year and a serial without gaps or duplicates."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# One statement: the row is made, or locked and counted up. Whoever comes next waits for this transaction's end, and
# a transaction that fails gives its number back. A year that was counted elsewhere before goes on from its last case.
_TAKE = text(
    "INSERT INTO case_serial (year, last)"
    " VALUES (:year, (SELECT COALESCE(MAX(serial), 0) + 1 FROM case_file WHERE year = :year))"
    " ON CONFLICT (year) DO UPDATE SET last = case_serial.last + 1 RETURNING last"
)


async def take_number(db: AsyncSession, pattern: str, at: datetime, zone: ZoneInfo) -> tuple[str, int, int]:
    """The next (number, year, serial); the year is that of the workstation's own calendar.

    `pattern` is a format string of `{year}` and `{serial}`.
    """
    year = at.astimezone(zone).year
    serial: int = (await db.execute(_TAKE, {"year": year})).scalar_one()
    return pattern.format(year=year, serial=serial), year, serial
