"""How much work one participant, and all strangers together, may cause (OWASP ASVS 5.0 V17.2)."""

from __future__ import annotations


class Limit:
    """A token bucket: `rate` a second, at most `burst` at once."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, 0.0

    def take(self, now: float) -> bool:
        """Whether one more is allowed at `now` (time.monotonic)."""
        left = self._left + (now - self._at) * self._rate
        self._at = now
        if left > self._burst:
            left = self._burst
        allowed = left >= 1
        self._left = left - 1 if allowed else left
        return allowed


class PeerLimits:
    """What one connection may send, well above what browsers do.

    Chromium checks at most 21 times a second while it connects, Firefox 50; a handshake is some 20 datagrams with
    repeats; camera, screen and voice are under 1,000 packets a second.
    """

    __slots__ = ("checks", "dtls", "feedback", "foreign_checks", "media")

    def __init__(self) -> None:
        self.checks = Limit(100, 200)
        self.foreign_checks = Limit(100, 200)  # from addresses that aren't proved yet; anybody may have sent them
        self.dtls = Limit(50, 100)
        self.media = Limit(2000, 2000)
        self.feedback = Limit(500, 500)


def strangers() -> Limit:
    """Signatures that are checked for addresses that aren't proved yet, of all connections together."""
    return Limit(1000, 2000)
