"""Figures of the media plane, this forwarder alone; comparisons with other engines join here."""

from __future__ import annotations

from bench.figures import show
from bench.media.rooms import room_of_eight
from bench.media.times import times


async def measure(quick: bool = False) -> None:
    """Print the figures of scripted rooms."""
    show("Scripted room of 8, 1 Mbit/s pictures and voice each", await room_of_eight(3.0 if quick else 15.0))
    show("Times, scripted, median", await times(3 if quick else 15))
