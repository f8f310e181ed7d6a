"""What a receiver's network carries: from the delay and the loss of every packet, or else from what its browser says."""

from __future__ import annotations

import time
from array import array
from collections import deque
from collections.abc import Sequence
from math import fsum
from typing import Final

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
_now: Final = time.monotonic  # looked up once, not for each packet
BELIEVED = 0.7  # share of what was sent
DOUBTED_FOR = 1.5


class Departures:
    """When each of the last packets was sent, and how many bytes it had, by transport-wide number."""

    def __init__(self) -> None:
        self._number = 0
        self._at = array("d", bytes(8 * REMEMBERED))
        self._sizes = array("H", bytes(2 * REMEMBERED))

    def next(self, size: int) -> int:
        """The number of a packet of about so many bytes that goes out now."""
        self._number = number = self._number + 1 & 0xFFFF
        slot = number & REMEMBERED - 1
        self._at[slot], self._sizes[slot] = _now(), size
        return number

    def matched(self, base: int, arrivals: Sequence[float | None]) -> tuple[list[tuple[float, float, int]], int]:
        """Sent, arrived, size of the packets of a feedback that arrived, and how many did not."""
        arrived = []
        behind = self._number - base & 0xFFFF
        if behind >= REMEMBERED:
            return [], 0
        for number, moment in enumerate(arrivals[: behind + 1], base):
            if moment is not None:
                slot = number & REMEMBERED - 1
                arrived.append((self._at[slot], moment, self._sizes[slot]))
        return arrived, min(len(arrivals), behind + 1) - len(arrived)


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
        self._samples: deque[tuple[float, float, int, int, int]] = deque()
        self._least = self._least_before = float("inf")
        self._least_since = 0.0
        self._bad_since: float | None = None
        self._lessened = float("-inf")
        self.told_at = 0.0

    def take(self, arrived: Sequence[tuple[float, float, int]], lost: int, now: float) -> None:
        """Judge by one feedback: (sent, arrived, bytes) of packets, each by its own side's clock in seconds."""
        if not arrived:
            return
        delay, latest, octets = float("inf"), float("-inf"), 0
        for sent, came, size in arrived:
            delay, latest, octets = min(delay, came - sent), max(latest, came), octets + size
        if self._samples and abs(latest - self._samples[-1][0]) > 5:
            self._samples.clear()  # the browser's clock jumped
        self._samples.append((latest, delay, octets, len(arrived), lost))
        while self._samples[0][0] < latest - WINDOW:
            self._samples.popleft()
        self._follow_base(delay, now)
        self._measure()
        self._judge(now)

    def _follow_base(self, delay: float, now: float) -> None:
        """The least delay of the last ten to twenty seconds: clocks drift, and paths change."""
        if now - self._least_since > BASE_FOR:
            self._least_before, self._least, self._least_since = self._least, delay, now
        self._least = min(self._least, delay)
        self.queue = delay - min(self._least, self._least_before)

    def _measure(self) -> None:
        octets = packets = lost = 0
        for _, _, size, came, missing in self._samples:
            octets, packets, lost = octets + size, packets + came, lost + missing
        self.loss = lost / (packets + lost) if packets + lost > 10 else 0.0
        first = self._samples[0]
        span = self._samples[-1][0] - first[0]
        if span > WINDOW / 3:
            self.through = (octets - first[2]) * 8 / span

    def _slope(self) -> float:
        """How fast the delay grows, seconds per second, by least squares over the window."""
        count = len(self._samples)
        if count < 4:
            return 0.0
        middle = fsum(sample[0] for sample in self._samples) / count
        mean = fsum(sample[1] for sample in self._samples) / count
        spread = fsum((sample[0] - middle) ** 2 for sample in self._samples)
        return fsum((s[0] - middle) * (s[1] - mean) for s in self._samples) / spread if spread else 0.0

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
            self.rate = max(self.rate, min(self.rate * (1 + GROWS * passed), self.through * 1.5), self.through)

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
