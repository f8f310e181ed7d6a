"""Times when everybody is free, against a check of every minute; clock changes; what is proposed first."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from mediation.i18n import speaking
from mediation.scheduling.proposals import proposals, reasons_for
from mediation.scheduling.rules import Span
from mediation.scheduling.slots import free_slots, merged, working_windows

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 30, tzinfo=SHANGHAI).astimezone(UTC)
HOUR = timedelta(hours=1)


def at(hours: float, length: float = 1) -> Span:
    return MONDAY + HOUR * hours, MONDAY + HOUR * (hours + length)


spans = st.lists(
    st.tuples(st.integers(0, 48 * 4), st.integers(1, 20)).map(lambda q: at(q[0] / 4, q[1] / 4)), max_size=8
)


@settings(max_examples=300, deadline=None)
@given(
    busy=spans,
    quarters=st.integers(1, 16),
    opens=st.integers(0, 23),
    open_hours=st.integers(1, 4),
    offset=st.integers(0, 3000),
)
def test_slots_are_exactly_those_that_a_check_of_every_quarter_finds(
    busy: list[Span], quarters: int, opens: int, open_hours: int, offset: int
) -> None:
    windows = working_windows(date(2026, 11, 30), 2, opens, min(opens + open_hours, 24), SHANGHAI)
    length, not_before = timedelta(minutes=15) * quarters, MONDAY + timedelta(minutes=offset)
    expected = []
    for step in range(48 * 4):
        start, end = MONDAY + timedelta(minutes=15) * step, MONDAY + timedelta(minutes=15) * step + length
        inside = any(opened <= start and end <= closed for opened, closed in windows)
        free = all(end <= busy_from or busy_until <= start for busy_from, busy_until in busy)
        if inside and free and start >= not_before:
            expected.append((start, end))
    assert free_slots(windows, busy, length, not_before) == expected


@settings(max_examples=200, deadline=None)
@given(busy=spans)
def test_merging_keeps_the_time_and_leaves_gaps(busy: list[Span]) -> None:
    result = merged(busy)
    quarter = timedelta(minutes=15)
    moments = [MONDAY + quarter * step for step in range(60 * 4)]
    assert [any(a <= m < b for a, b in result) for m in moments] == [any(a <= m < b for a, b in busy) for m in moments]
    assert all(first[1] < second[0] for first, second in itertools.pairwise(result))


def test_nobody_free_means_no_slot() -> None:
    windows = working_windows(date(2026, 11, 30), 1, 9, 21, SHANGHAI)
    assert free_slots(windows, [at(0, 48)], HOUR, MONDAY) == []


def test_windows_follow_the_wall_clock_across_a_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    windows = working_windows(date(2026, 3, 28), 2, 1, 4, berlin)
    assert [end - start for start, end in windows] == [3 * HOUR, 2 * HOUR], "at 2 am the clock jumps to 3"
    starts = [slot[0].astimezone(berlin).strftime("%d %H:%M") for slot in free_slots(windows, [], HOUR, windows[0][0])]
    assert starts == ["28 01:00", "28 01:15", "28 01:30", "28 01:45", "28 02:00", "28 02:15", "28 02:30", "28 02:45",
                      "28 03:00", "29 01:00", "29 01:15", "29 01:30", "29 01:45", "29 03:00"]  # fmt: skip


def test_best_first_with_the_reasons_in_words() -> None:
    evening, morning, far = at(19), at(9.5), at(24 + 19)
    with speaking("en"):
        found = proposals([morning, evening, far], {"Judge Chen": [at(19, 0.25)]}, MONDAY - 30 * HOUR, SHANGHAI)
    assert [each.span for each in found] == [far, morning, evening]
    assert found[2].reasons == [
        (True, "After work, nobody has to take leave"),
        (False, "Judge Chen can't come (optional)"),
    ]
    assert found[1].reasons == [
        (False, "In working hours, somebody may have to take leave"),
        (True, "Judge Chen can come too"),
    ]


def test_short_notice_and_weekend_are_told() -> None:
    saturday = at(5 * 24 + 10)
    with speaking("en"):
        assert reasons_for(saturday, {}, saturday[0] - HOUR, SHANGHAI) == [
            (True, "At the weekend, nobody has to take leave"),
            (False, "Less than a day ahead"),
        ]


def test_proposals_are_on_different_days_and_of_different_kinds() -> None:
    slots = [
        at(24 * day + quarter / 4) for day in range(5) for quarter in (*range(10 * 4, 12 * 4), *range(18 * 4, 20 * 4))
    ]
    found = proposals(slots, {}, MONDAY - 48 * HOUR, SHANGHAI)
    assert [each.span for each in found] == [at(18), at(42), at(66), at(10), at(34), at(58)]
