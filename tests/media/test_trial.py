"""Trials of what a network carries: what was not tried out is not believed."""

from __future__ import annotations

import pytest

from signaling.media.sfu.bandwidth import FIRST_GUESS, Estimate
from signaling.media.sfu.trial import Trial

GOAL = FIRST_GUESS * 2


def tried(step: float) -> tuple[Estimate, int, list[bool]]:
    """A trial of GOAL whose turns come every `step` seconds, all feedback good: what was sent, and what it told."""
    estimate, sent, told = Estimate(), [], []

    def pad(now: float) -> bool:
        sent.append(now)
        return True

    trial = Trial(estimate, pad)
    for number in range(int(1.5 / step)):
        estimate.told_at = now = 100.0 + number * step
        verdict = trial.tick(now, GOAL)
        if verdict is not None:
            told.append(verdict)
    return estimate, len(sent), told


@pytest.mark.parametrize("step", [0.05, 0.06, 0.1])
def test_what_was_tried_out_is_believed(step: float) -> None:
    estimate, sent, told = tried(step)
    assert told == [True]
    assert sent > 20
    assert estimate.rate == GOAL


@pytest.mark.parametrize("step", [0.3, 0.5])
def test_what_there_was_no_turn_for_is_not_believed(step: float) -> None:
    estimate, sent, told = tried(step)
    assert told == []
    assert sent == 0
    assert estimate.rate == FIRST_GUESS
