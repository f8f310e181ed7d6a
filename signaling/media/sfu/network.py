"""One receiver's network: what it carries, and which layer of each picture the receiver gets by that."""

from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate
from typing import TYPE_CHECKING

from signaling.media.sfu import feedback
from signaling.media.sfu.bandwidth import Departures, Estimate, HeardSay
from signaling.media.sfu.ladder import Ladder, Wish
from signaling.media.sfu.layer import HIGHEST
from signaling.media.sfu.trial import Trial

if TYPE_CHECKING:
    from signaling.media.sfu.downlink import Downlink
    from signaling.media.sfu.track import Track

VOICE_FIRST = 1.2  # so much of what the voices take is kept free for them


class Network:
    """Judges by transport-wide feedback where the browser gives it (`wide`), else by REMB and loss (`told`)."""

    def __init__(self) -> None:
        self.departures = Departures()
        self.estimate = Estimate()
        self.told: int | None = None
        self.wide = False
        self._heard = HeardSay()
        self._ladder = Ladder()
        self._outs: Collection[Downlink] = ()
        self._trial = Trial(self.estimate, self._pad)
        self._octets: tuple[int, int] = (0, 0)
        self._looked = 0.0
        self._was_paused = False
        self._voice = self._pictures = 0.0

    @property
    def paused(self) -> bool:
        """Whether there are voices only."""
        return self._ladder.paused

    @property
    def share(self) -> float:
        """What is asked for of a picture that comes in one size, bit/s."""
        return self._ladder.share

    @property
    def rate(self) -> int | None:
        """What the network is believed to carry, bit/s."""
        return int(self.estimate.rate) if self.wide else self.told

    def use(self, outs: Collection[Downlink]) -> None:
        """These are the receiver's lines from now on."""
        self._outs = outs
        self.wide = any(out.wide for out in outs)

    def take(self, data: bytes, now: float) -> None:
        """Take a transport-wide feedback packet; a malformed one says nothing."""
        read = feedback.read(data)
        if read is None:
            return
        troubles = self.estimate.troubles
        base, arrivals = read
        self.estimate.take(self.departures.matched(base, arrivals), now)
        if self.estimate.troubles > troubles:
            self.allot(now)  # not at the next look: until then the voices would suffer

    def tick(self, now: float) -> None:
        """Go on with a trial; called about every 50 ms."""
        if not self.wide:
            return
        goal = self._ladder.goal
        rate = None if goal is None else goal + self._voice * VOICE_FIRST
        if not any(out.can_pad for out in self._outs):
            self.estimate.proven(rate or 0.0)  # the only trial left is to do it
        elif self._trial.tick(now, rate) is False:
            self._ladder.failed(now)

    def look(self, now: float) -> bool:
        """Measure and judge, a few times a second; True if pictures were paused or taken up again by that."""
        self._measure(now)
        if not self.wide:
            sent, loss = self._pictures + self._voice, max((out.own_loss for out in self._outs), default=0.0)
            self._heard.look(now, sent, self.told, loss)
        self.allot(now)
        changed, self._was_paused = self.paused != self._was_paused, self.paused
        if changed and self.paused:
            self.told = None
        return changed

    def _measure(self, now: float) -> None:
        voice = sum(out.octets for out in self._outs if out.kind == "audio")
        pictures = sum(out.octets for out in self._outs if out.kind != "audio")
        passed = max(now - self._looked, 0.05)
        self._voice = max(0, voice - self._octets[0]) * 8 / passed
        self._pictures = max(0, pictures - self._octets[1]) * 8 / passed
        self._octets, self._looked = (voice, pictures), now

    def allot(self, now: float) -> None:
        """Give each picture the layer that its tile shows and the network carries."""
        wanted: dict[str, tuple[Downlink, Track]] = {}
        for out in self._outs:
            if out.kind != "audio" and out.track is not None:
                wanted[out.mid] = out, out.track
        most = {mid: _most(out, track) for mid, (out, track) in wanted.items()}
        wishes = {mid: _wish(track, most[mid]) for mid, (_, track) in wanted.items() if most[mid] >= 0}
        rate = self.estimate.rate if self.wide else self._heard.rate
        granted = self._ladder.look(now, max(0.0, rate - self._voice * VOICE_FIRST), wishes)
        for mid, (out, track) in wanted.items():
            place = granted.get(mid, -1)
            rank = track.layers[place].rank if place >= 0 else -1
            _give(out, track, rank, place < 0 or rank < min(out.rank, most[mid]), now)

    def _pad(self, now: float) -> bool:
        return next((out.pad(now) for out in self._outs if out.can_pad), False)


def _most(out: Downlink, track: Track) -> int:
    """The highest layer that the tile is large enough for."""
    if out.side is None or out.kind == "screen":
        return HIGHEST
    return track.rank_for(out.side)


def _wish(track: Track, most: int) -> Wish:
    """The layers up to that one; the lowest in any case."""
    layers = [layer for layer in track.layers if layer.rank <= most] or track.layers[:1]
    return Wish(list(accumulate((layer.cost for layer in layers), max)), len(track.layers) == 1)


def _give(out: Downlink, track: Track, rank: int, hurry: bool, now: float) -> None:
    if rank == out.rank and not out.idle:
        return
    out.rank = rank
    if hurry:
        out.cut_above(rank)
    out.choose(now)
    track.wire()
