"""How often something happens: an RFC 5545 rule, in Chinese words and as dates. Wall-clock times of the workstation."""

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice

from dateutil.rrule import rrulestr

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# What the form offers, and the rule it stands for; the weekday is filled in.
REPEATS = {
    "month_1": "FREQ=MONTHLY;BYDAY=1{}",
    "month_2": "FREQ=MONTHLY;BYDAY=2{}",
    "month_3": "FREQ=MONTHLY;BYDAY=3{}",
    "month_4": "FREQ=MONTHLY;BYDAY=4{}",
    "month_last": "FREQ=MONTHLY;BYDAY=-1{}",
    "weekly": "FREQ=WEEKLY;BYDAY={}",
    "fortnightly": "FREQ=WEEKLY;INTERVAL=2;BYDAY={}",
}
_WORDS = {
    "month_1": "每月第一个", "month_2": "每月第二个", "month_3": "每月第三个", "month_4": "每月第四个",
    "month_last": "每月最后一个", "weekly": "每个", "fortnightly": "每两周的",
}  # fmt: skip
WEEKDAY_WORDS = tuple(f"星期{character}" for character in "一二三四五六日")
_PERIODS = ((5, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


def rule_of(repeats: str, weekday: str) -> str:
    """The RRULE that the form's two answers stand for (RFC 5545, 3.3.10)."""
    return REPEATS[repeats].format(weekday)


def answers_of(rule: str) -> tuple[str, str]:
    """The form's two answers for a RRULE: how often, on which weekday; empty when there is none."""
    for repeats, pattern in REPEATS.items():
        for weekday in WEEKDAYS:
            if rule == pattern.format(weekday):
                return repeats, weekday
    return "", ""


def first_on_or_after(rule: str, day: date, at: time) -> datetime:
    """The first occurrence from `day` on. A DTSTART has to agree with its rule (RFC 5545, 3.8.5.3)."""
    start = datetime.combine(day, at)
    found: datetime | None = rrulestr(rule, dtstart=start).after(start, inc=True)
    assert found is not None, "rules of REPEATS never end"
    return found


def occurrences(rule: str, dtstart: datetime, after: datetime) -> Iterator[datetime]:
    """The occurrences after `after`, without end."""
    yield from rrulestr(rule, dtstart=dtstart).xafter(after)


def next_dates(rule: str, dtstart: datetime, after: datetime, count: int = 3) -> list[datetime]:
    """The next so many occurrences."""
    return list(islice(occurrences(rule, dtstart, after), count))


def spoken_rule(rule: str) -> str:
    """每月第二个星期六."""
    repeats, weekday = answers_of(rule)
    return f"{_WORDS[repeats]}{WEEKDAY_WORDS[WEEKDAYS.index(weekday)]}"


def spoken_often(rule: str) -> str:
    """How often in short: 每月一次."""
    repeats, _weekday = answers_of(rule)
    return {"weekly": "每周一次", "fortnightly": "每两周一次"}.get(repeats, "每月一次")


def spoken_time(at: time) -> str:
    """上午9点, 下午5点半, 下午5点10分."""
    period = next(name for until, name in _PERIODS if at.hour < until)
    minutes = {0: "", 30: "半"}.get(at.minute, f"{at.minute}分")
    return f"{period}{(at.hour - 1) % 12 + 1}点{minutes}"


def spoken_date(day: date) -> str:
    """2026年12月12日."""
    return f"{day.year}年{day.month}月{day.day}日"
