"""What was measured of each server, as figures: absolute ones, and this forwarder as a ratio to each other server."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.figures import Figure
from bench.media.browsers import Seen, middle
from bench.media.rooms import Measured
from signaling.media.sfu import compiled

OURS = "forwarder"


def scripted(measured: Mapping[str, Measured]) -> list[Figure]:
    """One room of eight."""
    figures = _absolute("media.cpu_per_packet.scripted8", measured, lambda m: m.cost, "µs")
    figures += _absolute("media.packets_per_core.scripted8", measured, lambda m: 1e6 / m.cost, "packets/s")
    figures += _absolute("media.memory_per_peer", measured, lambda m: m.memory, "MB")
    figures += _absolute("media.packets.scripted8", measured, lambda m: m.packets, "packets/s")
    figures += _absolute("media.lost.scripted8", measured, lambda m: m.lost, "share")
    figures += _ratios("media.cpu_per_packet.scripted8", measured, lambda m: m.cost)
    return figures + _ratios("media.memory_per_peer", measured, lambda m: m.memory)


def many_rooms(measured: Mapping[str, Measured]) -> list[Figure]:
    """Twenty rooms of four."""
    figures = _absolute("media.packets.20_rooms", measured, lambda m: m.packets, "packets/s")
    figures += _absolute("media.cores.20_rooms", measured, lambda m: m.cores, "cores")
    figures += _absolute("media.lost.20_rooms", measured, lambda m: m.lost, "share")
    figures += _absolute("media.delay_median.20_rooms", measured, lambda m: m.usual, "ms")
    return figures + _absolute("media.delay_p99.20_rooms", measured, lambda m: m.late, "ms")


def in_browsers(seen: Mapping[str, Seen]) -> list[Figure]:
    """Three people in Chromium."""
    times: dict[str, Callable[[Seen], float]] = {
        "media.join": lambda s: middle(s.joins),
        "media.move": lambda s: middle(s.moves),
        "media.recovery": lambda s: middle(s.recoveries),
    }
    figures = _absolute("media.cpu_per_packet.browsers", seen, lambda s: s.cost, "µs")
    figures += _absolute("media.cores.browsers", seen, lambda s: s.cores, "cores")
    figures += _absolute("media.frames.browsers", seen, lambda s: s.frames, "frames/s")
    figures += [each for name, value in times.items() for each in _absolute(name, seen, value, "ms")]
    figures += _ratios("media.cpu_per_packet.browsers", seen, lambda s: s.cost)
    return figures + [each for name, value in times.items() for each in _ratios(name, seen, value)]


def _absolute(name: str, by: Mapping[str, Measured | Seen], value: Callable[..., float], unit: str) -> list[Figure]:
    """What each server reached."""
    return [
        Figure(name, value(each), unit, of=server, compiled=compiled.in_use() if server == OURS else None)
        for server, each in by.items()
    ]


def _ratios(name: str, by: Mapping[str, Measured | Seen], value: Callable[..., float]) -> list[Figure]:
    """This forwarder compared with each other server, unless it is missing itself."""
    if OURS not in by:
        return []
    others = {server: each for server, each in by.items() if server != OURS}
    return [
        Figure(name, value(by[OURS]) / value(each), "ratio", server, compiled=compiled.in_use())
        for server, each in others.items()
    ]
