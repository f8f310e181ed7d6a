"""Dates and times as people say them: always with the weekday; parties read 下午 2:30, staff 14:30."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from mediation.i18n import current

_WEEKDAYS_ZH = "一二三四五六日"
_PERIODS_ZH = ((5, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


def day(moment: datetime | date, zone: ZoneInfo) -> str:
    """11月25日 星期三 / Wednesday 25 November."""
    local = _local(moment, zone)
    if current.get() == "zh":
        return f"{local.month}月{local.day}日 星期{_WEEKDAYS_ZH[local.weekday()]}"
    return f"{local:%A} {local.day} {local:%B}"


def short_day(moment: datetime | date, zone: ZoneInfo) -> str:
    """11月25日 / 25 Nov: beside a timeline, where the weekday has no room."""
    local = _local(moment, zone)
    return f"{local.month}月{local.day}日" if current.get() == "zh" else f"{local.day} {local:%b}"


def full_day(moment: datetime | date, zone: ZoneInfo) -> str:
    """The same with the year: 2026年11月25日 星期三."""
    local = _local(moment, zone)
    return f"{local.year}年{day(moment, zone)}" if current.get() == "zh" else f"{day(moment, zone)} {local.year}"


def clock(moment: datetime, zone: ZoneInfo, spoken: bool) -> str:
    """下午 2:30 / 2:30 pm for parties (`spoken`), 14:30 for staff."""
    local = moment.astimezone(zone)
    if not spoken:
        return f"{local:%H:%M}"
    hour = (local.hour - 1) % 12 + 1
    if current.get() == "zh":
        period = next(name for until, name in _PERIODS_ZH if local.hour < until)
        return f"{period} {hour}:{local:%M}"
    return f"{hour}:{local:%M} {'am' if local.hour < 12 else 'pm'}"


def written(moment: datetime, zone: ZoneInfo) -> str:
    """2026年11月25日 星期三 14:30: as documents name a moment."""
    return f"{full_day(moment, zone)} {clock(moment, zone, spoken=False)}"


def _local(moment: datetime | date, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment
