"""Which layers one receiver gets, second by second, as its network allows."""

from __future__ import annotations

from itertools import pairwise

import pytest

from signaling.media.sfu.ladder import FIRST_PAUSE, LEAST, LONGEST_PAUSE, MOST, Ladder, Wish

LAYERED = (120_000.0, 400_000.0, 1_100_000.0)
LOOK = 0.3


class Watching:
    """A receiver who looks at these pictures; `run` gives the places that each picture had at every look."""

    def __init__(self, wishes: dict[str, Wish]) -> None:
        self.ladder, self.wishes, self.now = Ladder(), wishes, 100.0
        self.places: dict[str, int] = {}

    def run(self, carried: float, seconds: float = LOOK) -> list[dict[str, int]]:
        history = []
        end = self.now + seconds
        while self.now < end - LOOK / 2:
            self.now += LOOK
            self.places = dict(self.ladder.look(self.now, carried, self.wishes))
            history.append(self.places)
        return history

    def used(self) -> float:
        return sum(self.wishes[name].costs[place] for name, place in self.places.items() if place >= 0)


def three(*names: str) -> dict[str, Wish]:
    return {name: Wish(LAYERED) for name in names}


def test_a_good_network_gets_everything_at_once() -> None:
    watching = Watching(three("a", "b"))
    assert watching.run(5_000_000) == [{"a": 2, "b": 2}]
    assert watching.ladder.goal is None


@pytest.mark.parametrize(
    ("carried", "places"),
    [(1_100_000, [1, 1]), (700_000, [1, 0]), (300_000, [0, 0])],
)
def test_what_fits_is_shared_evenly(carried: float, places: list[int]) -> None:
    watching = Watching(three("a", "b"))
    watching.run(carried)
    assert list(watching.places.values()) == places
    assert watching.used() <= carried


def test_the_whole_ladder_down_and_the_voice_stays() -> None:
    watching = Watching(three("a"))
    seen = [watching.run(carried, 3)[-1]["a"] for carried in (2_000_000, 600_000, 200_000, 50_000)]
    assert seen == [2, 1, 0, -1]
    assert watching.ladder.paused


def test_down_at_once() -> None:
    watching = Watching(three("a"))
    watching.run(2_000_000)
    assert watching.run(500_000) == [{"a": 1}]


def test_a_network_that_is_almost_enough_changes_nothing() -> None:
    watching = Watching(three("a"))
    watching.run(2_000_000)
    assert {places["a"] for places in watching.run(1_000_000, 10)} == {2}


def test_one_bad_moment_does_not_pause_pictures() -> None:
    watching = Watching(three("a"))
    watching.run(2_000_000)
    watching.run(60_000)
    watching.run(2_000_000)
    assert not watching.ladder.paused


def test_it_recovers_by_itself_but_not_at_once() -> None:
    watching = Watching(three("a"))
    watching.run(2_000_000, 3)
    watching.run(50_000, 3)
    assert watching.ladder.paused
    history = watching.run(2_000_000, FIRST_PAUSE + 1)
    assert history[0] == {"a": -1}
    assert history[-1] == {"a": 2}
    assert not watching.ladder.paused


def test_attempts_that_fail_become_rarer() -> None:
    """The network seems wide whenever little is sent, and is narrow when the large picture is."""
    watching = Watching(three("a"))
    watching.run(2_000_000)
    changes = []
    before = 2
    for _ in range(int(400 / LOOK)):
        watching.run(500_000 if watching.places["a"] == 2 else 2_000_000)
        if watching.places["a"] != before:
            before = watching.places["a"]
            changes.append((watching.now, before))
    ups = [now for now, place in changes if place == 2]
    gaps = [round(later - earlier, 1) for earlier, later in pairwise(ups)]
    assert gaps == sorted(gaps)
    assert gaps[-1] >= LONGEST_PAUSE
    assert len(ups) < 12


def test_failures_of_long_ago_are_forgotten() -> None:
    watching = Watching(three("a"))
    for _ in range(4):
        watching.run(2_000_000, 70)
        watching.run(500_000, 1)
    start = watching.now
    while watching.places["a"] != 2:
        watching.run(2_000_000)
    assert watching.now - start < FIRST_PAUSE + 1


def test_what_is_not_known_to_fit_is_tried_out() -> None:
    watching = Watching(three("a"))
    watching.run(300_000)
    goal = watching.ladder.goal
    assert goal
    assert goal > 400_000
    watching.run(goal)
    assert watching.places == {"a": 1}


def test_a_failed_trial_is_repeated_later_and_later() -> None:
    watching = Watching(three("a"))
    watching.run(300_000)
    pauses = []
    for _ in range(5):
        watching.ladder.failed(watching.now)
        start = watching.now
        while watching.ladder.goal is None or watching.now == start:
            watching.run(300_000)
        pauses.append(watching.now - start)
    assert pauses == sorted(pauses)
    assert pauses[0] >= FIRST_PAUSE
    assert pauses[-1] > 30


def test_somebody_new_is_let_in_without_waiting() -> None:
    watching = Watching(three("a"))
    watching.run(2_000_000, 3)
    watching.run(500_000)
    watching.wishes |= three("b")
    assert watching.run(600_000) == [{"a": 1, "b": 0}]


def test_a_smaller_tile_costs_less_at_once() -> None:
    watching = Watching(three("a"))
    watching.run(2_000_000)
    watching.wishes = {"a": Wish(LAYERED[:1])}
    assert watching.run(2_000_000) == [{"a": 0}]


def test_who_sends_one_size_is_asked_for_what_is_carried() -> None:
    watching = Watching({"old": Wish((900_000.0,), bends=True), "new": Wish(LAYERED)})
    watching.run(5_000_000)
    assert watching.ladder.share == MOST
    watching.run(450_000, 2)
    assert watching.places == {"old": 0, "new": 0}
    assert watching.ladder.share == pytest.approx(330_000, rel=0.1)
    watching.wishes = {"old": Wish((watching.ladder.share,), bends=True), "new": Wish(LAYERED)}
    watching.run(450_000, 2)
    assert not watching.ladder.paused
    watching.run(5_000_000, 60)
    assert watching.ladder.share == MOST


def test_less_than_a_useful_picture_is_not_asked_for() -> None:
    watching = Watching({"old": Wish((900_000.0,), bends=True)})
    watching.run(130_000, 3)
    assert (watching.ladder.share, watching.ladder.paused) == (LEAST, False)
    watching.run(90_000, 3)
    assert watching.ladder.paused


def test_nobody_to_see_is_no_reason_to_pause() -> None:
    watching = Watching({})
    watching.run(10_000, 5)
    assert not watching.ladder.paused
    assert watching.ladder.goal is None
