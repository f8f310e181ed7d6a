"""How much one receiver's network takes: a budget for pictures, and pictures paused so that the voice stays.

Looked at once a second. Without layers to choose from, a budget is passed on to those who publish (REMB); where even
the smallest useful picture is too much, this receiver gets voice alone, and pictures are tried again later.
"""

from __future__ import annotations

LEAST, MOST = 150_000, 1_500_000
USELESS = 110_000
LOSSY = 0.10
BELIEVED = 0.7
CONGESTED_FOR = 2
HOPELESS_FOR = 5
FIRST_PAUSE, LONGEST_PAUSE = 8.0, 60.0
PROVEN_AFTER = 30.0


class Budget:
    """What one receiver may be sent of pictures. `share` is bit/s per picture, `paused` while there is voice only."""

    def __init__(self) -> None:
        self.share: float = MOST
        self.paused = False
        self._congested = 0
        self._pause = FIRST_PAUSE
        self._resume = 0.0
        self._resumed = 0.0

    def look(self, now: float, sent: float, pictures: int, rate: int | None, loss: float) -> None:
        """Judge the last second: `sent` bit/s on `pictures` pictures, the receiver's estimate (REMB) and its loss.

        An estimate tells of congestion only when it is well below what was sent: it never exceeds that by much.
        """
        if self.paused:
            if now >= self._resume:
                self.paused, self._resumed = False, now
                self.share = LEAST
            return
        if not pictures:
            return
        congested = loss > LOSSY or (rate is not None and rate < BELIEVED * sent)
        self._congested = self._congested + 1 if congested else 0
        if self._congested >= CONGESTED_FOR:
            through = sent * (1 - loss)
            self._shrink(now, through if rate is None else min(rate, through), pictures, loss > LOSSY)
        elif not congested:
            self._grow(now)

    def _shrink(self, now: float, through: float, pictures: int, lossy: bool) -> None:
        """Ask for less; pause when that can't be enough: at once if packets are lost, else (a queue somewhere, or a
        device that is too slow) when it has gone on for a while."""
        share = min(self.share * 0.85, through * 0.85 / pictures)
        self.share = max(share, LEAST)
        if share >= USELESS or not (lossy or self._congested >= HOPELESS_FOR):
            return
        self.paused, self._congested = True, 0
        if self._resumed:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._resume = now + self._pause

    def _grow(self, now: float) -> None:
        self.share = min(MOST, self.share * 1.08)
        if self._resumed and now - self._resumed > PROVEN_AFTER:
            self._pause, self._resumed = FIRST_PAUSE, 0.0
