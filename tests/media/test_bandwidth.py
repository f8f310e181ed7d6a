"""The budget of one receiver, second by second."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest

from signaling.media.sfu.bandwidth import FIRST_PAUSE, LEAST, MOST, Budget


@dataclass
class Line:
    """A network that lets `limit` bit/s through and whose receiver estimates honestly; one publisher obeys."""

    limit: float
    pictures: int = 1
    now: float = 0.0

    def run(self, budget: Budget, seconds: int, least_sent: float = 0.0) -> list[float]:
        """Sent bit/s of each second."""
        history = []
        for _ in range(seconds):
            self.now += 1
            sent = 0.0 if budget.paused else self.pictures * max(least_sent, min(900_000.0, budget.share))
            loss = max(0.0, 1 - self.limit / sent) if sent else 0.0
            rate = None if budget.paused else int(min(sent * 1.4, self.limit * 0.85))
            budget.look(self.now, sent, 0 if budget.paused else self.pictures, rate, loss)
            history.append(sent)
        return history


def test_a_good_network_gets_everything() -> None:
    budget = Budget()
    Line(5_000_000).run(budget, 60)
    assert (budget.share, budget.paused) == (MOST, False)


@pytest.mark.parametrize("pictures", [1, 2, 4])
def test_a_narrow_network_is_used_and_not_flooded(pictures: int) -> None:
    budget = Budget()
    sent = Line(300_000 * pictures, pictures).run(budget, 60)
    late = sent[20:]
    assert not budget.paused
    assert 150_000 * pictures <= min(late)
    assert sum(late) / len(late) < 400_000 * pictures


def test_one_bad_second_changes_nothing() -> None:
    budget = Budget()
    budget.look(1, 900_000, 1, 200_000, 0.5)
    assert (budget.share, budget.paused) == (MOST, False)


def test_an_estimate_somewhat_below_is_not_congestion() -> None:
    budget = Budget()
    for second in range(30):
        budget.look(second, 600_000, 1, 460_000, 0.0)
    assert (budget.share, budget.paused) == (MOST, False)


def test_a_network_for_voice_alone_gets_voice_alone() -> None:
    budget = Budget()
    line = Line(60_000, 2)
    line.run(budget, 6)
    assert budget.paused


def test_pictures_are_tried_again_later_and_later() -> None:
    budget = Budget()
    line = Line(60_000, 2)
    starts = []
    before = True
    for _ in range(240):
        line.run(budget, 1)
        if before and not budget.paused:
            starts.append(line.now)
        before = budget.paused
    gaps = [later - earlier for earlier, later in pairwise(starts[1:])]
    assert gaps[0] >= FIRST_PAUSE
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 60


def test_pictures_come_back_with_the_network() -> None:
    budget = Budget()
    line = Line(60_000)
    line.run(budget, 6)
    assert budget.paused
    line.limit = 5_000_000
    line.run(budget, int(FIRST_PAUSE) + 2)
    assert not budget.paused
    assert budget.share >= LEAST
    line.run(budget, 60)
    assert budget.share == MOST


def test_nothing_sent_proves_nothing() -> None:
    budget = Budget()
    for second in range(30):
        budget.look(second, 0, 0, 20_000, 0.0)
    assert (budget.share, budget.paused) == (MOST, False)
