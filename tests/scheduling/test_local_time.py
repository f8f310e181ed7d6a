"""Times typed in are on the workstation's clock, also on the days when the clock is changed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from mediation.errors import Invalid
from mediation.scheduling.day_strip import Hours, chosen_minutes, free_minutes
from mediation.scheduling.local_time import moment_at

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


@pytest.mark.parametrize(
    ("day", "clock", "moment"),
    [
        (SPRING, time(1, 45), datetime(2026, 3, 29, 0, 45, tzinfo=UTC)),
        (SPRING, time(3, 0), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
        (AUTUMN, time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (AUTUMN, time(3, 0), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_the_moment(day: date, clock: time, moment: datetime) -> None:
    assert moment_at(day, clock, BERLIN) == moment


def test_a_time_that_is_left_out() -> None:
    with pytest.raises(Invalid) as refused:
        moment_at(SPRING, time(2, 30), BERLIN)
    assert (refused.value.code, list(refused.value.fields)) == ("no_such_time", ["clock"])


def test_the_strip_is_drawn_on_the_wall_clock() -> None:
    hours = Hours(0, 24, BERLIN)
    meeting = (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 3, 29, 2, 0, tzinfo=UTC))
    assert free_minutes([meeting], SPRING, hours) == [(0, 180), (240, 1440)]
    assert chosen_minutes(meeting, SPRING, hours) == (180, 240)


@pytest.mark.parametrize(
    ("from_hour", "to_hour", "drawn"), [(6, 8, None), (8, 10, (540, 600)), (20, 23, (1200, 1260)), (22, 23, None)]
)
def test_what_lies_outside_the_hours_is_not_drawn(from_hour: int, to_hour: int, drawn: tuple[int, int] | None) -> None:
    hours, day = Hours(9, 21, ZoneInfo("Asia/Shanghai")), date(2026, 11, 30)
    span = (moment_at(day, time(from_hour), hours.zone), moment_at(day, time(to_hour), hours.zone))
    assert chosen_minutes(span, day, hours) == drawn
