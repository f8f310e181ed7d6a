"""One receiver's network: what it carries, and which layer of each picture the receiver gets by that.

Janus neither measures what gets through to a browser nor heeds what the browser says of it. So it is judged here, by the
losses that the browser reports, with the ladder of the embedded engine.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from signaling.media.janus.reading import LineFigures
from signaling.media.sfu.bandwidth import DOUBTED_FOR, HeardSay
from signaling.media.sfu.ladder import BELIEVED_AFTER, Ladder, Wish
from signaling.media.sfu.layer import HIGHEST
from signaling.media.sfu.network import VOICE_FIRST

LOOKED_BACK = 3.0  # seconds; a browser reports the losses of a voice up to five seconds apart
LAYER_COSTS = (150_000.0, 450_000.0, 1_200_000.0)  # bit/s at most, as static/js/media/layers.js has them sent
FEWEST = 20  # packets by which a network is judged
# Seconds after a picture got larger: nothing more is tried, and the first sign that it is too much ends it.
ON_TRIAL = 4.0


@dataclass(frozen=True)
class Picture:
    """A line with a picture that the receiver may have and shows: the highest layer for its tile, and its figures."""

    layered: bool
    most: int
    figures: LineFigures


class Network:
    """`paused` while there are voices only. Looked at about once a second."""

    def __init__(self) -> None:
        self._heard, self._ladder = HeardSay(), Ladder()
        self._ranks: dict[str, int] = {}
        self._shares: dict[str, float] = {}
        self._octets: dict[str, int] = {}
        self._past: deque[tuple[float, int, int]] = deque()
        self._looked = self._needed = 0.0
        self._raised = float("-inf")

    @property
    def paused(self) -> bool:
        """Whether there are voices only."""
        return self._ladder.paused

    @property
    def rate(self) -> int | None:
        """What the network is believed to carry, bit/s, where that is less than could be sent; else no limit is known."""
        return int(self._heard.rate) if self._heard.rate < self._needed else None

    def rank(self, mid: str) -> int:
        """The highest layer that the line may carry, -1 for no picture."""
        return self._ranks.get(mid, HIGHEST)

    def look(self, now: float, lines: Mapping[str, LineFigures], pictures: Mapping[str, Picture]) -> bool:
        """Judge by the figures of all lines; whether a picture gets another layer by that."""
        rates = self._measured(now, lines)
        if not rates:
            return False
        before, trying = self._heard.rate, now - self._raised < ON_TRIAL
        self._heard.look(now, sum(rates.values()), None, self._loss(), 0.0 if trying else DOUBTED_FOR)
        lessened = self._heard.rate < before
        voice = sum(rate for mid, rate in rates.items() if mid not in pictures) * VOICE_FIRST
        costs = {mid: self._costs(mid, picture, rates.get(mid, 0.0)) for mid, picture in pictures.items()}
        self._needed = voice + sum(cost[-1] for cost in costs.values())
        wishes = {mid: Wish(cost[: self._next(mid, trying) + 1]) for mid, cost in costs.items()}
        carried = max(0.0, self._heard.rate - voice)
        if lessened:  # what is too little for the ladder has been so for a moment: the figures are of a whole second
            self._ladder.look(now - BELIEVED_AFTER, carried, wishes)
        places = self._ladder.look(now, carried, wishes)
        ranks = {
            mid: place if pictures[mid].layered or place < 0 else HIGHEST
            for mid, place in places.items()
            if mid in pictures
        }
        if any(place > self.rank(mid) for mid, place in ranks.items()):
            self._raised = now
        if lessened or self._raised == now:
            self._past = deque([self._past[-1]])  # what was lost before says nothing of what is sent from now on
        changed, self._ranks = ranks != self._ranks, ranks
        return changed

    def _next(self, mid: str, trying: bool) -> int:
        """The highest layer that may come now: once something went wrong one more at a time, each proven before the next."""
        if self._heard.rate == float("inf"):
            return HIGHEST
        return max(0, self.rank(mid) if trying else self.rank(mid) + 1)

    def _measured(self, now: float, lines: Mapping[str, LineFigures]) -> dict[str, float]:
        """What each line was sent since the last look, bit/s; nothing at the first."""
        passed, self._looked = now - self._looked, now
        packets, lost = sum(line.packets_out for line in lines.values()), sum(line.lost for line in lines.values())
        known, self._octets = self._octets, {mid: line.bytes_out for mid, line in lines.items()}
        self._past.append((now, packets, lost))
        while now - self._past[0][0] > LOOKED_BACK + 0.5:
            self._past.popleft()
        return {mid: max(0, octets - known[mid]) * 8 / passed for mid, octets in self._octets.items() if mid in known}

    def _loss(self) -> float:
        (_, packets, lost), (_, packets_now, lost_now) = self._past[0], self._past[-1]
        if packets_now - packets < FEWEST:
            return 0.0
        return min(1.0, max(0, lost_now - lost) / (packets_now - packets))

    def _costs(self, mid: str, picture: Picture, rate: float) -> list[float]:
        """What its layers cost: as much of the most as the layer that comes now does."""
        layer = picture.figures.layer
        if not picture.layered:
            self._shares[mid] = rate or self._shares.get(mid, LAYER_COSTS[0])
            return [self._shares[mid]]
        if rate and layer is not None and layer >= 0:
            self._shares[mid] = min(1.0, rate / LAYER_COSTS[layer])
        return [cost * self._shares.get(mid, 1.0) for cost in LAYER_COSTS[: picture.most + 1]]
