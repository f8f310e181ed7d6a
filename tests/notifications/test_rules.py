"""When a person may be written to, and how long to wait after a failure: as tables."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from mediation.notifications.rules import Reach, may_send_at, pause_after

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0, day: int = 25, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("hours", "moment", "sent"),
    [
        ((None, None), at(3), at(3)),
        ((time(9), time(9)), at(3), at(3)),
        ((time(9), time(17)), at(8, 59), at(9)),
        ((time(9), time(17)), at(9), at(9)),
        ((time(9), time(17)), at(16, 59), at(16, 59)),
        ((time(9), time(17)), at(17), at(9, day=26)),
        ((time(21), time(6)), at(23), at(23)),
        ((time(21), time(6)), at(5), at(5)),
        ((time(21), time(6)), at(6), at(21)),
        ((time(18), None), at(12), at(18)),
        ((time(18), None), at(23, 59), at(23, 59)),
        ((None, time(8)), at(7), at(7)),
        ((None, time(8)), at(8), at(0, day=26)),
    ],
)
def test_safe_hours(hours: tuple[time | None, time | None], moment: datetime, sent: datetime) -> None:
    reach = Reach("email", email="a@b.example", safe_from=hours[0], safe_until=hours[1])
    assert may_send_at(reach, moment, SHANGHAI) == sent


def test_safe_hours_keep_the_wall_clock_when_the_clocks_change() -> None:
    reach = Reach("email", safe_from=time(9), safe_until=time(10))
    evening = datetime(2026, 10, 24, 20, tzinfo=BERLIN)  # summer time ends in the night
    assert may_send_at(reach, evening.astimezone(UTC), BERLIN) - evening.astimezone(UTC) == timedelta(hours=14)


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 15), (2, 30), (3, 60), (8, 1920), (9, 3600), (100, 3600)])
def test_pauses_double_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert pause_after(attempts) == timedelta(seconds=seconds)


def test_only_the_safe_channel_gives_an_address() -> None:
    addresses = {
        channel: Reach(channel, email="a@b.example", phone="139").address for channel in ("email", "sms", "none")
    }
    assert addresses == {"email": "a@b.example", "sms": "139", "none": None}
