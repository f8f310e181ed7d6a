"""A day of several people, as the strip of the booking page draws it: free and not free, in minutes since midnight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mediation.scheduling.rules import Span
from mediation.scheduling.slots import merged, without, working_windows

Minutes = tuple[int, int]


@dataclass(frozen=True)
class Hours:
    """The working hours of a workstation, on its own clock."""

    opens: int
    closes: int
    zone: ZoneInfo

    def window(self, day: date) -> Span:
        """The working time of that day."""
        return working_windows(day, 1, self.opens, self.closes, self.zone)[0]

    def windows(self, first: date, days: int) -> list[Span]:
        """The working time of so many days."""
        return working_windows(first, days, self.opens, self.closes, self.zone)


def free_minutes(busy: Sequence[Span], day: date, hours: Hours) -> list[Minutes]:
    """When somebody is free on that day within the working hours."""
    return [span_minutes(span, hours.zone) for span in without([hours.window(day)], merged(busy))]


def chosen_minutes(span: Span, day: date, hours: Hours) -> Minutes | None:
    """The part of the span that lies in the working hours of the day; None if it has none."""
    opens, closes = hours.window(day)
    start, end = max(span[0], opens), min(span[1], closes)
    return span_minutes((start, end), hours.zone) if start < end else None


def span_minutes(span: Span, zone: ZoneInfo) -> Minutes:
    """A span of one day as minutes since midnight on the zone's clock."""
    start, end = (_wall(moment, zone) for moment in span)
    return start, end if end > start else end + 24 * 60


def _wall(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute
