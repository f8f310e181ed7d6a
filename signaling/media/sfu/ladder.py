"""Which layers one receiver gets: as good as its tiles show and its network carries, and the voice to the last.

Down at once, the largest pictures first, at the end all pictures; up when there is room for it, later and later as
long as attempts fail. Where the room isn't known to be there, the ladder asks for a trial (`goal`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum  # the type of sum() of floats is also int, which compiled arithmetic takes at its word

LEAST, MOST = 150_000.0, 1_500_000.0  # bit/s of a picture that comes in one size: what its person is asked for
TIGHT = 0.8  # of what is sent now must be carried, or it becomes less
USEFUL = 0.75  # of the least pictures must be carried, or there are none
SPARE = 1.1
BELIEVED_AFTER = 0.3
FIRST_PAUSE, LONGEST_PAUSE = 4.0, 60.0
PROVEN_AFTER = 30.0
GROWS = 0.08  # a second


@dataclass(frozen=True)
class Wish:
    """A picture that the receiver could have: what each of its layers costs now, lowest first, bit/s.

    `bends`: it comes in one size, and its person can be asked to send less.
    """

    costs: Sequence[float]
    bends: bool = False

    @property
    def least(self) -> float:
        """What the smallest useful form of the picture costs."""
        return min(self.costs[0], LEAST) if self.bends else self.costs[0]


class Ladder:
    """`paused` while there are voices only; `share` is what the person of a picture that bends is asked for, bit/s."""

    def __init__(self) -> None:
        self.paused = False
        self.share = MOST
        self.goal: float | None = None
        self._granted: dict[str, int] = {}
        self._pause = FIRST_PAUSE
        self._up_at = 0.0
        self._raised: float | None = None
        self._short_since: float | None = None
        self._looked = 0.0

    def look(self, now: float, carried: float, wishes: Mapping[str, Wish]) -> dict[str, int]:
        """The place in `costs` that each picture gets, -1 for none, where `carried` bit/s are there for pictures."""
        passed, self._looked = min(1.0, now - self._looked), now
        least = fsum(wish.least for wish in wishes.values())
        if self._is_short(now, carried, least):
            if not self.paused:
                self._fell(now)
            self.paused = bool(wishes) or self.paused
        elif self.paused and now >= self._up_at and carried >= least * SPARE:
            self.paused, self._raised = False, now
        if self.paused:
            self._granted = dict.fromkeys(wishes, -1)
        else:
            self._grant(now, carried, wishes)
            self._bend(passed, carried, wishes)
        self.goal = self._next_goal(now, carried, wishes)
        return self._granted

    def _is_short(self, now: float, carried: float, least: float) -> bool:
        """Whether even the smallest pictures have been too much for a moment."""
        if carried >= least * USEFUL:
            self._short_since = None
            return False
        if self._short_since is None:
            self._short_since = now
        return self.paused or now - self._short_since >= BELIEVED_AFTER

    def _grant(self, now: float, carried: float, wishes: Mapping[str, Wish]) -> None:
        held = {
            name: min(self._granted[name], len(wish.costs) - 1)
            for name, wish in wishes.items()
            if name in self._granted
        }
        held = {name: max(0, place) for name, place in held.items()}
        used = fsum(_cost(wishes[name], place) for name, place in held.items())
        if used * TIGHT > carried:
            fitting = _fitting(wishes, carried)
            if any(fitting[name] < place for name, place in held.items()):
                self._fell(now)
            self._granted = {name: min(place, held.get(name, place)) for name, place in fitting.items()}
        elif now >= self._up_at or len(held) < len(wishes):
            fitting = _fitting(wishes, carried / SPARE, held)
            if now < self._up_at:  # somebody new comes in without touching the others
                fitting |= held
            elif any(fitting[name] > place for name, place in held.items()):
                self._raised = now
            self._granted = fitting
        else:
            self._granted = held
        if self._raised is not None and now - self._raised > PROVEN_AFTER:
            self._raised, self._pause = None, FIRST_PAUSE

    def _fell(self, now: float) -> None:
        """Less than before: wait before the next attempt, twice as long if this was the end of one."""
        if self._raised is not None:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._raised = None
        self._up_at = now + self._pause

    def failed(self, now: float) -> None:
        """A trial of the goal did not get through."""
        self._up_at = now + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _bend(self, passed: float, carried: float, wishes: Mapping[str, Wish]) -> None:
        """Lower what others are asked for to what is carried; let it grow slowly while all is well."""
        bending = [wish for wish in wishes.values() if wish.bends]
        used = fsum(_cost(wish, self._granted[name]) for name, wish in wishes.items())
        if bending and used * TIGHT > carried:
            fixed = used - fsum(wish.costs[0] for wish in bending)
            self.share = max(LEAST, min(self.share, (carried - fixed) / len(bending)))
        else:
            self.share = min(MOST, self.share * (1 + GROWS * passed))

    def _next_goal(self, now: float, carried: float, wishes: Mapping[str, Wish]) -> float | None:
        """What should be tried out for pictures now, bit/s; None where nothing better is wanted or it isn't time."""
        if now < self._up_at or not wishes:
            return None
        if self.paused:
            return fsum(wish.least for wish in wishes.values()) * SPARE
        used = fsum(_cost(wish, self._granted[name]) for name, wish in wishes.items())
        steps = [
            _cost(wish, place + 1) - _cost(wish, place)
            for name, wish in wishes.items()
            if (place := self._granted[name]) + 1 < len(wish.costs)
        ]
        if not steps:
            return None
        everything = fsum(wish.costs[-1] for wish in wishes.values())
        hopeful = self._pause == FIRST_PAUSE  # nothing has failed lately
        goal = min(everything, max(used * 2, carried)) if hopeful else used
        return max(goal, used + max(min(steps), 0.0)) * SPARE * SPARE


def _cost(wish: Wish, place: int) -> float:
    return wish.costs[place] if place >= 0 else 0.0


def _fitting(wishes: Mapping[str, Wish], carried: float, held: Mapping[str, int] | None = None) -> dict[str, int]:
    """The smallest of all, and then larger ones, evenly, as far as they fit; never less than what is held."""
    fitting = {name: (held or {}).get(name, 0) for name in wishes}
    used = fsum(wish.least if wish.bends else wish.costs[fitting[name]] for name, wish in wishes.items())
    for place in range(1, max((len(wish.costs) for wish in wishes.values()), default=0)):
        for name, wish in wishes.items():
            if place >= len(wish.costs) or fitting[name] >= place:
                continue
            more = wish.costs[place] - wish.costs[fitting[name]]
            if used + more <= carried:
                used += more
                fitting[name] = place
    return fitting
