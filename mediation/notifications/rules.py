"""Pure decisions of delivery: when a person may be reached, how long to wait after a failure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

LEASE = timedelta(seconds=90)  # a message taken but not marked after this long is taken again
ATTEMPTS = 10  # about five hours in all
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reach:
    """How a person may be reached at this moment. `channel` is "email", "sms" or "none"; hours are local, end excluded."""

    channel: str
    email: str | None = None
    phone: str | None = None
    name: str = ""
    safe_from: time | None = None
    safe_until: time | None = None

    @property
    def address(self) -> str | None:
        """Where the chosen channel leads to; None when nothing may be sent."""
        return {"email": self.email, "sms": self.phone}.get(self.channel)


def may_send_at(reach: Reach, moment: datetime, zone: ZoneInfo) -> datetime:
    """`moment` itself within the person's safe hours, otherwise the beginning of the next ones.

    Hours over midnight (21:00 to 06:00) are one night; equal or missing hours mean always.
    """
    start, end = reach.safe_from or time.min, reach.safe_until or time.min
    local = moment.astimezone(zone)
    inside = start <= local.time() < end if start < end else (local.time() >= start or local.time() < end)
    if start == end or inside:
        return moment
    begin = local.replace(hour=start.hour, minute=start.minute, second=start.second, microsecond=0, fold=0)
    if begin <= local:
        begin += timedelta(days=1)  # wall clock: the same hour tomorrow, also when the clocks change
    return begin.astimezone(moment.tzinfo)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 15 s, 30 s, 1 min … at most an hour."""
    return min(_FIRST_PAUSE * (1 << min(attempts - 1, 20)), _LONGEST_PAUSE)
