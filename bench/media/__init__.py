"""The media plane, measured: this forwarder, Janus VideoRoom and aiortc's MediaRelay in one run, under the same load."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping

from bench.figures import Figure, show
from bench.media import browsers, contestants
from bench.media.browsers import Seen, middle
from bench.media.contestants import Start
from bench.media.rooms import Measured, measure_rooms
from tests.media.janus_server import media_address, missing

OURS = "forwarder"


async def measure(quick: bool = False) -> None:
    """Print tables and figures; without root and Janus only this forwarder is measured, on the loopback address."""
    reason = missing()
    others = {} if reason else {"janus": contestants.janus, "mediarelay": contestants.mediarelay}
    if reason:
        sys.stdout.write(f"No comparison: {reason}\n")
    with contextlib.nullcontext("127.0.0.1") if reason else media_address() as address:
        await _scripted(others, address, 4.0 if quick else 15.0)
        await _many_rooms({} if quick else others, address, 4.0 if quick else 20.0)
        await _browsers(others, address, 4.0 if quick else 20.0, 2 if quick else 7)


async def _scripted(others: Mapping[str, Start], address: str, seconds: float) -> None:
    """One room of eight."""
    starts = {OURS: contestants.forwarder, **others}
    measured = {name: await measure_rooms(start, address, 1, 8, seconds) for name, start in starts.items()}
    figures = _absolute("media.cpu_per_packet.scripted8", measured, lambda m: m.cost, "µs")
    figures += _absolute("media.packets_per_core.scripted8", measured, lambda m: 1e6 / m.cost, "packets/s")
    figures += _absolute("media.memory_per_peer", measured, lambda m: m.memory, "MB")
    figures += _absolute("media.packets.scripted8", measured, lambda m: m.packets, "packets/s")
    figures += _absolute("media.lost.scripted8", measured, lambda m: m.lost, "share")
    figures += _ratios("media.cpu_per_packet.scripted8", measured, lambda m: m.cost)
    figures += _ratios("media.memory_per_peer", measured, lambda m: m.memory)
    show("A room of 8 scripted people, a picture of 1 Mbit/s and a voice each", figures)


async def _many_rooms(others: Mapping[str, Start], address: str, seconds: float) -> None:
    """Twenty rooms of four on one worker; MediaRelay can't bear one of them."""
    at_this_load = {"janus"}
    starts = {OURS: contestants.forwarder, **{name: start for name, start in others.items() if name in at_this_load}}
    measured = {name: await measure_rooms(start, address, 20, 4, seconds, True) for name, start in starts.items()}
    figures = _absolute("media.packets.20_rooms", measured, lambda m: m.packets, "packets/s")
    figures += _absolute("media.cores.20_rooms", measured, lambda m: m.cores, "cores")
    figures += _absolute("media.lost.20_rooms", measured, lambda m: m.lost, "share")
    figures += _absolute("media.delay_median.20_rooms", measured, lambda m: m.usual, "ms")
    figures += _absolute("media.delay_p99.20_rooms", measured, lambda m: m.late, "ms")
    show("20 rooms of 4 scripted people, a picture of 1 Mbit/s and a voice each", figures)


async def _browsers(others: Mapping[str, Start], address: str, seconds: float, rounds: int) -> None:
    """Three people in Chromium."""
    starts = {OURS: contestants.forwarder, **others}
    async with browsers.three_pages() as pages:
        seen = {}
        for name, start in starts.items():
            try:
                seen[name] = await browsers.compare(start, address, pages, seconds, rounds)
            except TimeoutError as error:
                sys.stdout.write(f"{name} is left out: {error}\n")
    figures = _absolute("media.cpu_per_packet.browsers", seen, lambda s: s.cost, "µs")
    figures += _absolute("media.cores.browsers", seen, lambda s: s.cores, "cores")
    figures += _absolute("media.frames.browsers", seen, lambda s: s.frames, "frames/s")
    times: dict[str, Callable[[Seen], float]] = {
        "media.join": lambda s: middle(s.joins),
        "media.move": lambda s: middle(s.moves),
        "media.recovery": lambda s: middle(s.recoveries),
    }
    for name, value in times.items():
        figures += _absolute(name, seen, value, "ms")
    for name, value in {"media.cpu_per_packet.browsers": lambda s: s.cost, **times}.items():
        figures += _ratios(name, seen, value)
    show("3 people in Chromium, 640×480 at 24 frames a second", figures)


def _absolute(name: str, by: Mapping[str, Measured | Seen], value: Callable[..., float], unit: str) -> list[Figure]:
    """What each server reached."""
    return [Figure(name, value(each), unit, of=server) for server, each in by.items()]


def _ratios(name: str, by: Mapping[str, Measured | Seen], value: Callable[..., float]) -> list[Figure]:
    """This forwarder compared with each other server."""
    return [
        Figure(name, value(by[OURS]) / value(each), "ratio", against=server)
        for server, each in by.items()
        if server != OURS
    ]
