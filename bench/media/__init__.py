"""The media plane, measured: this forwarder, Janus VideoRoom and aiortc's MediaRelay in one run, under the same load."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from bench.figures import show
from bench.media import browsers, comparison, contestants
from bench.media.contestants import Start
from bench.media.rooms import measure_rooms, usual
from tests.media.janus_server import media_address, missing

TURNS = 3  # the cost of a packet differs by a third, at times by half, from one run of a server to the next
Result = TypeVar("Result")


async def measure(quick: bool = False) -> None:
    """Print tables and figures; without root and Janus only this forwarder is measured, on the loopback address."""
    reason = missing()
    starts: dict[str, Start] = {comparison.OURS: contestants.forwarder}
    if reason:
        sys.stdout.write(f"No comparison: {reason}\n")
    else:
        starts |= {"janus": contestants.janus, "mediarelay": contestants.mediarelay}
    with contextlib.nullcontext("127.0.0.1") if reason else media_address() as address:
        seconds = 4.0 if quick else 20.0
        turns = [
            await _each(starts, lambda start: measure_rooms(start, address, 1, 8, seconds), turn)
            for turn in range(1 if quick else TURNS)
        ]
        show("A room of 8 scripted people, a picture of 1 Mbit/s and a voice each", comparison.scripted(usual(turns)))
        # MediaRelay can't bear one such room, and 80 joins at Janus take longer than a quick look has.
        able = {
            name: start for name, start in starts.items() if name == comparison.OURS or (name == "janus" and not quick)
        }
        many = await _each(able, lambda start: measure_rooms(start, address, 20, 4, seconds, timed=True))
        show("20 rooms of 4 scripted people, a picture of 1 Mbit/s and a voice each", comparison.many_rooms(many))
        async with browsers.three_pages() as pages:
            seconds, rounds = (4.0, 2) if quick else (12.0, 3)
            seen = [
                await _each(starts, lambda start: browsers.compare(start, address, pages, seconds, rounds), turn)
                for turn in range(1 if quick else TURNS)
            ]
        show("3 people in Chromium, 640×480 at 24 frames a second", comparison.in_browsers(browsers.usual(seen)))


async def _each(
    starts: Mapping[str, Start], measured: Callable[[Start], Awaitable[Result]], turn: int = 0
) -> dict[str, Result]:
    """One server after the other, another first in each turn: who comes after which one makes a difference.

    One that doesn't get media to people in time is left out, and said so.
    """
    results = {}
    names = list(starts)
    first = turn % len(names)
    for name in names[first:] + names[:first]:
        try:
            results[name] = await measured(starts[name])
        except TimeoutError as late:
            sys.stdout.write(f"{name} is left out: {late or 'it took too long'}\n")
    return results
