"""What is believed of a network, over a bottleneck that keeps a queue and drops what doesn't fit."""

from __future__ import annotations

import random

import pytest

from signaling.media.sfu.bandwidth import FIRST_GUESS, Estimate, HeardSay, Summary

PACKET = 1000
FEEDBACK = 0.1


def summed_up(arrived: list[tuple[float, float, int]], lost: int, clock: float = 0.0) -> Summary:
    """Feedback about packets (sent, came, bytes) by a browser whose clock is ahead of ours."""
    found = Summary()
    found.lost = lost
    for sent, came, size in arrived:
        found.came(sent, came + clock, size)
    return found


class Bottleneck:
    """Carries `capacity` bit/s with up to `depth` seconds of queue; feedback every 0.1 s, by a clock of its own."""

    def __init__(self, capacity: float, depth: float = 0.3, jitter: float = 0.0, loss: float = 0.0) -> None:
        self.capacity, self.depth, self.jitter, self.loss = capacity, depth, jitter, loss
        self.now = 100.0
        self.clock = -7777.0  # how much the browser's clock is ahead
        self._busy = 0.0
        self._rng = random.Random(4)
        self._under_way: list[tuple[float, float, int]] = []
        self._lost = 0

    def send(self, estimate: Estimate, rate: float, seconds: float) -> None:
        """Send evenly at `rate` bit/s."""
        told = self.now
        end = self.now + seconds
        while self.now < end:
            self.now += PACKET * 8 / rate
            self._one()
            if self.now >= told + FEEDBACK:
                told = self.now
                arrived = [each for each in self._under_way if each[1] <= self.now]
                self._under_way = [each for each in self._under_way if each[1] > self.now]
                estimate.take(summed_up(arrived, self._lost, self.clock), self.now)
                self._lost = 0

    def _one(self) -> None:
        waits = max(0.0, self._busy - self.now)
        if waits > self.depth or self._rng.random() < self.loss:
            self._lost += 1
            return
        self._busy = self.now + waits + PACKET * 8 / self.capacity
        came = self._busy + 0.03 + self._rng.random() * self.jitter
        self._under_way.append((self.now, came, PACKET))


def test_what_arrives_in_good_order_is_believed() -> None:
    estimate, way = Estimate(), Bottleneck(5_000_000)
    way.send(estimate, 2_500_000, 5)
    assert 2_400_000 < estimate.rate < 4_500_000
    assert estimate.troubles == 0


def test_little_that_is_sent_proves_little() -> None:
    estimate, way = Estimate(), Bottleneck(5_000_000)
    estimate.rate = 200_000
    way.send(estimate, 100_000, 60)
    assert estimate.rate < 250_000


@pytest.mark.parametrize(("depth", "within"), [(0.1, 1.0), (0.3, 1.0), (2.0, 1.6)])
def test_a_bottleneck_is_found_soon(depth: float, within: float) -> None:
    estimate, way = Estimate(), Bottleneck(600_000, depth)
    way.send(estimate, 500_000, 3)
    assert estimate.troubles == 0
    way.send(estimate, 1_200_000, within)
    assert 350_000 < estimate.rate < 650_000


def test_the_queue_that_was_made_is_not_held_against_less() -> None:
    estimate, way = Estimate(), Bottleneck(600_000, 1.0)
    way.send(estimate, 500_000, 3)
    way.send(estimate, 1_200_000, 1.6)
    way.send(estimate, 300_000, 6)
    assert estimate.rate > 300_000
    assert estimate.queue < 0.02


def test_a_path_that_became_longer_is_not_taken_for_a_queue_for_ever() -> None:
    estimate, way = Estimate(), Bottleneck(5_000_000)
    way.send(estimate, 500_000, 3)
    way.now += 0.2  # everything arrives so much later
    way._busy = way.now
    way.send(estimate, 500_000, 25)
    assert estimate.queue < 0.02
    assert estimate.rate > 500_000


def test_a_device_that_is_busy_is_not_taken_for_a_queue() -> None:
    estimate, way = Estimate(), Bottleneck(5_000_000, jitter=0.09)
    way.send(estimate, 1_000_000, 20)
    assert estimate.rate >= 0.85 * FIRST_GUESS


@pytest.mark.parametrize(("loss", "believed"), [(0.02, True), (0.3, False)])
def test_a_little_loss_is_borne_much_is_not(loss: float, believed: bool) -> None:
    estimate, way = Estimate(), Bottleneck(5_000_000, loss=loss)
    way.send(estimate, 1_400_000, 5)
    assert (estimate.rate >= 1_300_000) is believed


@pytest.mark.parametrize("jump", [-5.3, -1000.0, 60.0])
def test_a_clock_that_jumps_is_measured_by_anew(jump: float) -> None:
    estimate, way = Estimate(), Bottleneck(5_000_000)
    way.send(estimate, 2_500_000, 5)
    way.clock += jump
    way.send(estimate, 1_000_000, 1.5)
    assert 900_000 < estimate.through < 1_100_000
    assert estimate.loss == 0.0


def test_nothing_that_arrived_says_nothing() -> None:
    estimate = Estimate()
    estimate.take(summed_up([], 30), 1.0)
    assert estimate.rate == FIRST_GUESS


def test_hearsay_is_believed_when_it_is_well_below_what_was_sent_and_lasts() -> None:
    heard = HeardSay()
    for look in range(20):
        heard.look(look * 0.3, 600_000, 460_000, 0.0)
    assert heard.rate == float("inf")
    heard.look(6.0, 900_000, 200_000, 0.5)
    assert heard.rate == float("inf")
    for look in range(21, 27):
        heard.look(look * 0.3, 900_000, 300_000, 0.0)
    assert heard.rate == pytest.approx(255_000)
    for look in range(27, 60):
        heard.look(look * 0.3, 200_000, None, 0.0)
    assert heard.rate > 400_000


def test_hearsay_is_believed_at_once_by_whom_it_is_asked_for() -> None:
    heard = HeardSay()
    heard.look(0.0, 1_000_000, None, 0.4, patience=0.0)
    assert heard.rate == pytest.approx(510_000)


def test_hearsay_of_nobody_but_loss() -> None:
    heard = HeardSay()
    for look in range(8):
        heard.look(look * 0.3, 1_000_000, None, 0.4)
    assert heard.rate == pytest.approx(510_000)
