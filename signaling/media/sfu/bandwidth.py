"""What a receiver's network carries: from the delay and the loss of every packet, or else from what its browser says."""

from __future__ import annotations

from collections import deque
from math import fsum
from typing import Final

from signaling.media.sfu.feedback import LOST, UNIT

FIRST_GUESS = 1_500_000.0
LEAST = 30_000.0
QUEUED_FOR, LOSING_FOR = 0.8, 0.3  # seconds of trouble until it is believed; a queue alone may be a busy device
LESS_AGAIN_AFTER = 1.0
BACK_OFF = 0.85
QUEUE = 0.1  # seconds that packets may wait somewhere on the way
GROWING_QUEUE, GROWTH = 0.04, 0.1
LOSSY = 0.1
WINDOW = 0.6
BASE_FOR = 10.0
GROWS = 0.08  # a second
REMEMBERED: Final = 4096
BELIEVED = 0.7  # share of what was sent
DOUBTED_FOR = 1.5
NEVER: Final = float("inf")
CLOCK_JUMPED = 5.0  # seconds back


class Summary:
    """What one feedback says of the packets that it is about. `delay` is the least of theirs and `latest` when the last
    of them came, in seconds, each side by its own clock; `octets` and `packets` are of those that came."""

    def __init__(self) -> None:
        self.delay, self.latest = NEVER, -NEVER
        self.octets = self.packets = self.lost = 0

    def came(self, sent: float, moment: float, size: int) -> None:
        """Add a packet of so many bytes."""
        self.delay, self.latest = min(self.delay, moment - sent), max(self.latest, moment)
        self.octets += size
        self.packets += 1


class Departures:
    """When each of the last packets was sent, and how many bytes it had, by transport-wide number."""

    def __init__(self) -> None:
        self._number = 0
        self._at = memoryview(bytearray(8 * REMEMBERED)).cast("d")
        self._sizes = memoryview(bytearray(2 * REMEMBERED)).cast("H")

    def next(self, size: int, now: float) -> int:
        """The number of a packet of about so many bytes that goes out now (time.monotonic)."""
        self._number = number = self._number + 1 & 0xFFFF
        slot = number & REMEMBERED - 1
        self._at[slot], self._sizes[slot] = now, size
        return number

    def matched(self, base: int, arrivals: list[int]) -> Summary:
        """What was sent beside when it arrived, as feedback.read gives it."""
        found = Summary()
        behind = self._number - base & 0xFFFF
        if behind < REMEMBERED:
            for number, units in enumerate(arrivals[: behind + 1], base):
                if units == LOST:
                    found.lost += 1
                else:
                    slot = number & REMEMBERED - 1
                    found.came(self._at[slot], units * UNIT, self._sizes[slot])
        return found


class Estimate:
    """`rate` in bit/s is what is believed to get through. Congestion is a queue that grows or stands (the least delay
    of each feedback above the least of the last seconds, so a busy device is not taken for one), or loss.
    """

    def __init__(self) -> None:
        self.rate = FIRST_GUESS
        self.queue = 0.0
        self.through = 0.0
        self.loss = 0.0
        self.troubles = 0  # how often congestion was seen
        self._samples: deque[Summary] = deque()
        self._octets = self._packets = self._lost = 0  # of the samples
        self._least = self._least_before = NEVER
        self._least_since = 0.0
        self._bad_since: float | None = None
        self._lessened = float("-inf")
        self.told_at = 0.0

    def take(self, told: Summary, now: float) -> None:
        """Judge by one feedback."""
        if not told.packets:
            return
        jumped = bool(self._samples) and self._samples[-1].latest > told.latest + CLOCK_JUMPED
        while self._samples and (jumped or self._samples[0].latest < told.latest - WINDOW):
            self._forget(self._samples.popleft())
        self._samples.append(told)
        self._octets += told.octets
        self._packets += told.packets
        self._lost += told.lost
        self._follow_base(told.delay, now)
        self._measure(told)
        self._judge(now)

    def _forget(self, sample: Summary) -> None:
        self._octets -= sample.octets
        self._packets -= sample.packets
        self._lost -= sample.lost

    def _follow_base(self, delay: float, now: float) -> None:
        """The least delay of the last ten to twenty seconds: clocks drift, and paths change."""
        if now - self._least_since > BASE_FOR:
            self._least_before, self._least, self._least_since = self._least, delay, now
        self._least = min(self._least, delay)
        self.queue = delay - min(self._least, self._least_before)

    def _measure(self, last: Summary) -> None:
        sent = self._packets + self._lost
        self.loss = self._lost / sent if sent > 10 else 0.0
        first = self._samples[0]
        span = last.latest - first.latest
        if span > WINDOW / 3:
            self.through = (self._octets - first.octets) * 8 / span

    def _slope(self) -> float:
        """How fast the delay grows, seconds per second, by least squares over the window."""
        count = len(self._samples)
        if count < 4:
            return 0.0
        middle = fsum(sample.latest for sample in self._samples) / count
        mean = fsum(sample.delay for sample in self._samples) / count
        spread = fsum((sample.latest - middle) ** 2 for sample in self._samples)
        return fsum((s.latest - middle) * (s.delay - mean) for s in self._samples) / spread if spread else 0.0

    def _judge(self, now: float) -> None:
        growing = self.queue > GROWING_QUEUE and self._slope() > GROWTH
        standing = self.queue > QUEUE and self._slope() > -GROWTH
        passed, self.told_at = min(1.0, now - self.told_at), now
        if not (growing or standing or self.loss > LOSSY):
            self._bad_since = None
            self._grow(passed)
            return
        if self._bad_since is None:
            self._bad_since = now
        patience = LOSING_FOR if self.loss > LOSSY else QUEUED_FOR
        if now - self._bad_since >= patience and now - self._lessened >= LESS_AGAIN_AFTER and self.through:
            self._lessened = now
            self.troubles += 1
            self.rate = max(LEAST, min(self.rate, self.through) * BACK_OFF)

    def _grow(self, passed: float) -> None:
        """What arrived in good order fits; a little more of it is believed with time."""
        if self.queue < GROWING_QUEUE:
            self.rate = max(max(self.rate, self.through), min(self.rate * (1 + GROWS * passed), self.through * 1.5))

    def proven(self, rate: float) -> None:
        """So much was sent for a moment, and came in good order."""
        self.rate = max(self.rate, rate)


class HeardSay:
    """The same for a browser that tells only its own estimate (REMB) and its loss, looked at again and again.

    Until something goes wrong everything is believed. An estimate tells of congestion only when it is well below what was sent: it never exceeds that by much.
    """

    def __init__(self) -> None:
        self.rate = float("inf")
        self._bad_since: float | None = None
        self._looked: float | None = None

    def look(self, now: float, sent: float, told: int | None, loss: float, patience: float = DOUBTED_FOR) -> None:
        """Judge what was lately sent (bit/s) by what the browser told and how much it lost (share).

        `patience`: for so many seconds it has to be bad.
        """
        passed = min(1.0, now - self._looked) if self._looked is not None else 0.0
        self._looked = now
        if not (loss > LOSSY or (told is not None and told < BELIEVED * sent)):
            self._bad_since = None
            self.rate = max(self.rate * (1 + GROWS * passed), sent)
            return
        if self._bad_since is None:
            self._bad_since = now
        if now - self._bad_since >= patience:
            through = sent * (1 - loss)
            self.rate = max(LEAST, min(self.rate, through, told or through) * BACK_OFF)
            self._bad_since = now
