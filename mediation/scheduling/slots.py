"""Times when everybody is free: half-open UTC intervals, stepped on the local clock's quarter-hours."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mediation.scheduling.rules import GRAIN, Span


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as few intervals, in order; intervals that touch become one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def working_windows(first: date, days: int, opens: int, closes: int, zone: ZoneInfo) -> list[Span]:
    """Of each of the days the working time `[opens, closes)`, in hours of the zone's clock, up to 24, in UTC."""
    return [
        (_utc(first + timedelta(days=step), opens, zone), _utc(first + timedelta(days=step), closes, zone))
        for step in range(days)
    ]


def without(windows: Iterable[Span], busy: Sequence[Span]) -> Iterator[Span]:
    """What is left of the windows when the busy time (merged, in order) is taken out."""
    for start, end in windows:
        at = start
        for busy_from, busy_until in busy:
            if busy_until <= at or busy_from >= end:
                continue
            if busy_from > at:
                yield at, busy_from
            at = busy_until
        if at < end:
            yield at, end


def free_slots(windows: Iterable[Span], busy: Iterable[Span], length: timedelta, not_before: datetime) -> list[Span]:
    """Every slot of this length inside a window, on the grid, that touches nobody's busy time; none if nothing is left.

    `busy` is the busy time of everybody required, in any order. Zones are whole quarter-hours off UTC, so the grid
    of the local clock is the grid in UTC.
    """
    found: list[Span] = []
    for start, end in without(windows, merged(busy)):
        at = _on_grid(max(start, not_before))
        while at + length <= end:
            found.append((at, at + length))
            at += GRAIN
    return found


def overlaps(slot: Span, spans: Iterable[Span]) -> bool:
    """Whether the slot has time in common with any of the spans."""
    return any(start < slot[1] and slot[0] < end for start, end in spans)


def _on_grid(moment: datetime) -> datetime:
    grain = int(GRAIN.total_seconds())
    return datetime.fromtimestamp(-(-moment.timestamp() // grain) * grain, UTC)


def _utc(day: date, hour: int, zone: ZoneInfo) -> datetime:
    # Converted at once, since arithmetic on aware local times would go by the wall clock across a change of it.
    midnight = day + timedelta(days=hour // 24)
    return datetime.combine(midnight, time(hour % 24), zone).astimezone(UTC)
