"""The time that a person typed, on the workstation's clock."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from mediation.errors import Invalid
from mediation.i18n import marked

_NO_SUCH_TIME = marked("The clock is changed at this time; it does not exist on that day.")


def moment_at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC; of a time that the clock shows twice, the first.

    Raises Invalid("no_such_time") for a time that a change of the clock leaves out.
    """
    local = datetime.combine(day, clock.replace(tzinfo=None), zone)
    moment = local.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Invalid("no_such_time", _NO_SUCH_TIME, fields={"clock": _NO_SUCH_TIME})
    return moment
