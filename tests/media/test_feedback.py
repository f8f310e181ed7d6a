"""Transport-wide feedback as the draft writes it: read, written, and turned away."""

from __future__ import annotations

import random

import pytest

from signaling.media.sfu import feedback, rtcp
from signaling.media.sfu.bandwidth import Departures

HEAD = "8fcd{length:04x} 00000001 00000002 "


def told(body: str) -> bytes:
    data = bytes.fromhex(body.replace(" ", ""))
    data += bytes(-len(data) % 4)
    return bytes.fromhex(HEAD.format(length=2 + len(data) // 4).replace(" ", "")) + data


def moments(read: tuple[int, list[int]]) -> list[float | None]:
    """In seconds; None for what was lost."""
    return [None if units == feedback.LOST else units * feedback.UNIT for units in read[1]]


@pytest.mark.parametrize(
    ("body", "base", "arrivals"),
    [
        # draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1: a run of three small deltas
        ("0005 0003 000001 07  2003  00 04 08", 5, [0.064, 0.065, 0.067]),
        # a vector of one-bit symbols, the second packet lost
        ("ffff 0003 000002 00  a800  04 04", 0xFFFF, [0.129, None, 0.130]),
        # two-bit symbols: large, lost, small; the large one back in time
        ("0001 0003 000001 00  e100  fffc 04", 1, [0.063, None, 0.064]),
        ("0001 0002 000000 00  0002", 1, [None, None]),
        # beyond the beginning of the browser's clock
        ("0001 0002 000000 00  e000  fffc", 1, [-0.001, None]),
        ("0001 0001 ffffff 00  2001 00", 1, [0xFFFFFF * 0.064]),
    ],
)
def test_feedback_is_read(body: str, base: int, arrivals: list[float | None]) -> None:
    data = told(body)
    assert feedback.is_feedback(data)
    read = feedback.read(data)
    assert read
    assert read[0] == base
    assert moments(read) == [pytest.approx(moment) if moment is not None else None for moment in arrivals]


@pytest.mark.parametrize(
    "body",
    [
        "0001 0000 000000 00",
        "0001 0008 000000 00",
        "0001 0008 000000 00 2003 0000 0000",
        "0001 ffff 000000 00 1fff 1fff 1fff 1fff 1fff 1fff 1fff 1fff 1fff",
        "0001 0002 000000 00 6002 0000",
    ],
    ids=["nothing", "no symbols", "too few symbols", "about too many", "reserved symbol"],
)
def test_malformed_feedback_is_nothing(body: str) -> None:
    assert feedback.read(told(body)) is None


def test_what_is_written_is_read() -> None:
    rng = random.Random(7)
    arrivals = feedback.Arrivals()
    number, now = 0xFFF0, 1234.5
    for _ in range(40):
        sent: dict[int, float] = {}
        first = number
        for _ in range(rng.randint(2, 60)):
            if rng.random() < 0.8 or number == first:
                arrivals.note(number & 0xFFFF, now)
                sent[number] = now
            number += 1
            now += rng.choice((0.0, 0.0005, 0.01, 0.2))
        number = max(sent) + 1
        data = arrivals.write(1, 2)
        assert data
        assert list(rtcp.parts(data)) == [data]
        read = feedback.read(data)
        assert read
        assert read[0] == first & 0xFFFF
        assert len(read[1]) == number - first
        for position, moment in enumerate(moments(read), first):
            if position in sent:
                assert moment == pytest.approx(sent[position] % (0x1000000 * 0.064), abs=0.0003)
            else:
                assert moment is None


def test_reordered_and_wild_numbers_break_nothing() -> None:
    arrivals = feedback.Arrivals()
    for number in (10, 12, 11, 9, 30_000, 30_001):
        arrivals.note(number, 5.0)
    data = arrivals.write(1, 2)
    assert data
    read = feedback.read(data)
    assert read
    assert read[0] == 30_000
    assert [moment is not None for moment in moments(read)] == [True, True]
    assert arrivals.write(1, 2) is None


def test_feedback_is_matched_with_what_was_sent() -> None:
    departures = Departures()
    numbers = [departures.next(100 + number, number / 10) for number in range(5)]
    found = departures.matched(numbers[1], [4000, feedback.LOST, 8000])
    assert (found.packets, found.octets, found.lost) == (2, 101 + 103, 1)
    assert (found.latest, found.delay) == (2.0, 1.0 - 0.1)


@pytest.mark.parametrize("base", [6, 0x8000, 0xFFFF - 5000])
def test_feedback_about_what_was_never_sent_is_ignored(base: int) -> None:
    departures = Departures()
    for _ in range(5):
        departures.next(100, 1.0)
    found = departures.matched(base, [4000] * 50)
    assert (found.packets, found.lost) == (0, 0)
