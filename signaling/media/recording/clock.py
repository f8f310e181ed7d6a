"""From RTP timestamps to a file's time: by arrival at first, then by the sender's own clock, so that lips fit the voice."""

from __future__ import annotations

from dataclasses import dataclass

ASTRAY = 1.0  # seconds between arrival and timestamp that can't be jitter: the sender began anew


@dataclass
class StreamClock:
    """One RTP stream (one SSRC). Times are seconds since the file's start."""

    rate: int
    _ssrc: int | None = None
    _timestamp: int = 0
    _at: float = 0.0
    _report: tuple[float, int] | None = None

    def arrived(self, ssrc: int, timestamp: int, at: float) -> bool:
        """Note a packet; True if it belongs to another stream than the one before."""
        other = ssrc != self._ssrc
        # Nothing arrives before it was taken, so the packet with the shortest way sets the clock.
        if other or not -ASTRAY < self.at(timestamp) - at <= 0:
            self._ssrc, self._timestamp, self._at = ssrc, timestamp, at
            if other:
                self._report = None
        return other

    def at(self, timestamp: int) -> float:
        """When a frame with this timestamp was taken."""
        return self._at + _distance(self._timestamp, timestamp) / self.rate

    def report(self, ntp: int, timestamp: int) -> None:
        """A sender report (RFC 3550 section 6.4.1): `ntp` is the sender's clock in 32.32 seconds."""
        self._report = ntp / (1 << 32), timestamp

    def lead(self, other: StreamClock) -> float:
        """By how much this clock runs ahead of another of the same sender; 0 until both have reported."""
        if self._report is None or other._report is None:
            return 0.0
        lead = (self.at(self._report[1]) - self._report[0]) - (other.at(other._report[1]) - other._report[0])
        return lead if abs(lead) < ASTRAY else 0.0


def _distance(reference: int, timestamp: int) -> int:
    """From one timestamp to another, which may have wrapped."""
    return ((timestamp - reference + (1 << 31)) & 0xFFFFFFFF) - (1 << 31)
