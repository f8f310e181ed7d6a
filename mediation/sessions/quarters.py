"""Time in quarter-hours, counted since 1970-01-01 UTC: the grain in which people's time is claimed."""

from datetime import UTC, datetime, timedelta

QUARTER = timedelta(minutes=15)
_SECONDS = 900


def quarter_of(moment: datetime) -> int:
    """The quarter-hour in which `moment` lies."""
    return int(moment.timestamp() // _SECONDS)


def moment_of(quarter: int) -> datetime:
    """When the quarter-hour begins, in UTC."""
    return datetime.fromtimestamp(quarter * _SECONDS, UTC)


def quarters(starts_at: datetime, ends_at: datetime) -> range:
    """The quarter-hours that `[starts_at, ends_at)` touches."""
    return range(quarter_of(starts_at), -(-int(ends_at.timestamp()) // _SECONDS))
