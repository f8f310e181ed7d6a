"""What grew between two looks at an engine, whatever the engine can't tell."""

import pytest

from mediation.clock import now
from signaling.media.engine import PeerStats
from signaling.sampling import _sample, _since

BEFORE = PeerStats(connected=True, packets_in=100, bytes_in=10_000, packets_out=50, bytes_out=5_000)


@pytest.mark.parametrize(
    ("stats", "sent", "received"),
    [
        (PeerStats(True, 130, 13_000, 60, 6_000), (10, 1_000), (30, 3_000)),
        (PeerStats(True, 7, 700, 3, 300), (3, 300), (7, 700)),  # a new connection counts from 0
        (PeerStats(False), (0, 0), (0, 0)),  # nothing is known for a moment
    ],
)
def test_what_grew(stats: PeerStats, sent: tuple[int, int], received: tuple[int, int]) -> None:
    assert _since(stats, BEFORE) == (sent, received)


def test_a_sample_keeps_what_the_engine_can_not_tell_as_unknown() -> None:
    bare = _sample(now(), PeerStats(connected=True), 0, 0)
    assert (bare.round_trip, bare.loss, bare.layer) == (None, None, None)
    stats = PeerStats(connected=True, rtt=0.05, loss=0.1, layers={"a": "high", "b": "low", "c": "off-screen"})
    full = _sample(now(), stats, 12_500, 25_000)
    assert (full.round_trip, full.loss, full.rate_in, full.rate_out, full.layer) == (50, 0.1, 100, 200, "low")
