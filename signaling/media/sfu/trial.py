"""Finding out whether a network carries more: a quarter of a second of padding on top of what is sent anyway."""

from __future__ import annotations

from collections.abc import Callable

from signaling.media.sfu.bandwidth import Estimate

LASTS = 0.25
ANSWERED_WITHIN = 1.0
JUDGED_AFTER = 0.3
PAUSE = 1.0
QUEUE, LOSSY = 0.08, 0.05
PACKET_BITS = 295 * 8
MOST_AT_ONCE = 60


class Trial:
    """One after the other. `pad` sends one packet of padding now and tells whether it could."""

    def __init__(self, estimate: Estimate, pad: Callable[[float], bool]) -> None:
        self._estimate = estimate
        self._pad = pad
        self._rate = 0.0
        self._base = 0.0
        self._ends = 0.0
        self._running = False
        self._filled = 0.0
        self._next = 0.0
        self._ticked = 0.0

    def tick(self, now: float, rate: float | None) -> bool | None:
        """Go on, or begin one for `rate` bit/s; None while nothing is known, else whether that got through."""
        passed, self._ticked = min(0.1, now - self._ticked), now
        if not self._running:
            if rate is not None and rate > self._estimate.rate and now >= self._next:
                self._begin(rate, now)
            return None
        if now < self._ends:
            self._fill(passed, now)
            return None
        return self._judge(now)

    def _begin(self, rate: float, now: float) -> None:
        self._running, self._rate, self._base = True, rate, self._estimate.through
        self._ends, self._filled = now + LASTS, 0.0

    def _fill(self, passed: float, now: float) -> None:
        self._filled += passed
        packets = int((self._rate - self._base) * passed / PACKET_BITS) + 1
        for _ in range(min(packets, MOST_AT_ONCE)):
            if not self._pad(now):
                return

    def _judge(self, now: float) -> bool | None:
        if self._filled < LASTS / 2:
            self._running = False  # called too seldom to have tried
            return None
        estimate = self._estimate
        bad = estimate.queue > QUEUE or estimate.loss > LOSSY
        answered = estimate.told_at > self._ends
        if not bad and not (answered and now > self._ends + JUDGED_AFTER) and now < self._ends + ANSWERED_WITHIN:
            return None
        self._running, self._next = False, now + PAUSE
        if bad or not answered:
            return False
        estimate.proven(self._rate)
        return True
