"""Three people in real browsers: what a forwarded packet costs, and how long joining, moving and recovering take."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.async_api import Page, async_playwright
from playwright.async_api import TimeoutError as PlaywrightTimeout

from bench.media.contestants import Contestant, Start
from bench.media.process import cpu_seconds, put_first
from signaling.media.engine import MediaEngine, OnEvent
from tests.browser.people import person_page
from tests.clips import make_clip
from tests.media.stage import Stage

PEOPLE = ("mediator", "mother", "father")
SIZE, RATE = (640, 480), 24
TILE = 600  # pixels of the longer side: two beside each other on a laptop
SETTLES = 8  # seconds until pages send what is taken of their cameras and nothing else
APART = 1  # seconds between joins, or the keyframes that one asked for would be another's
STILL_WITHIN, GIVEN_UP = 1_000, 15_000  # ms
WATCHING = Path(__file__).with_name("watching.js")
Pages = dict[str, Page]


@dataclass
class Seen:
    """Figures of one server; times in milliseconds, one per round."""

    cores: float = 0.0
    cost: float = 0.0  # µs of CPU per packet that a browser received
    frames: float = 0.0  # a second, per picture
    joins: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)


@asynccontextmanager
async def three_pages() -> AsyncIterator[Pages]:
    """A browser per person, each with a camera and a voice of their own."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        playwright = await stack.enter_async_context(async_playwright())
        pages = {}
        for name in PEOPLE:
            clip = make_clip(folder, name, SIZE, RATE)
            pages[name] = await stack.enter_async_context(person_page(playwright, clip))
            await pages[name].add_init_script(path=WATCHING)
        yield pages


async def compare(start: Start, address: str, pages: Pages, seconds: float, rounds: int) -> Seen:
    """Measure one server with these pages."""
    async with AsyncExitStack() as stack:
        running: list[Contestant] = []

        async def started(on_event: OnEvent) -> MediaEngine:
            running.append(await stack.enter_async_context(start(address, on_event)))
            return running[0].engine

        stage, seen = Stage(started), Seen()
        await stage.open()
        stack.push_async_callback(stage.close)
        stack.push_async_callback(leave, pages)  # first: the web server waits a minute for open sockets
        contestant = running[0]
        put_first()
        await stage.together(*PEOPLE)
        for name, page in pages.items():
            await page.goto(f"{stage.url}?me={name}")
        await asyncio.gather(*(shows_new_frames(page) for page in pages.values()))
        await asyncio.gather(*(tell_sizes(name, page) for name, page in pages.items()))
        await asyncio.sleep(SETTLES)
        await measure_cost(contestant, pages, seconds, seen)
        await measure_times(contestant, stage, pages, rounds, seen)
    return seen


async def tell_sizes(me: str, page: Page) -> None:
    """Tell how large the others are shown, as the real page does."""
    await page.evaluate("stage.prefer", {name: TILE for name in PEOPLE if name != me})


async def measure_times(
    contestant: Contestant, stage: Stage[MediaEngine], pages: Pages, rounds: int, seen: Seen
) -> None:
    """Joins, moves and a recovery."""
    await _note(seen.joins, rounds, lambda: joined(stage, pages["father"]))
    await _note(seen.moves, rounds, lambda: moved(stage, pages["mother"]))
    await stage.together(*PEOPLE)
    await asyncio.sleep(1)
    put_first()  # the spare too
    await _note(seen.recoveries, 1, lambda: recovered(contestant, pages["mother"]))


async def _note(times: list[float], rounds: int, measured: Callable[[], Awaitable[float]]) -> None:
    """Note a time per round; say so where no picture comes any more."""
    try:
        for _ in range(rounds):
            times.append(await measured())
    except TimeoutError as late:
        sys.stdout.write(f"A time is missing: {late}\n")


async def leave(pages: Pages) -> None:
    """Show nothing any more."""
    await asyncio.gather(*(page.goto("about:blank") for page in pages.values()))


async def measure_cost(contestant: Contestant, pages: Pages, seconds: float, seen: Seen) -> None:
    """Everybody sees everybody."""
    before, used, start = await received(pages), cpu_seconds(contestant.pids()), time.monotonic()
    await asyncio.sleep(seconds)
    used, passed = cpu_seconds(contestant.pids()) - used, time.monotonic() - start
    after = await received(pages)
    seen.cores = used / passed
    seen.cost = used / max(after[0] - before[0], 1) * 1e6
    seen.frames = (after[1] - before[1]) / passed / 6


async def received(pages: Pages) -> tuple[int, int]:
    """Packets and decoded frames of all pages so far."""
    figures = [await page.evaluate("watching.received()") for page in pages.values()]
    return sum(each["packets"] for each in figures), sum(each["frames"] for each in figures)


async def joined(stage: Stage[MediaEngine], page: Page) -> float:
    """From the click (the page's socket is open) to the first frame of somebody else."""
    await asyncio.sleep(APART)
    await page.goto(f"{stage.url}?me=father")
    await shows_new_frames(page)
    return float(await page.evaluate("watching.frames[0] - watching.opened"))


async def moved(stage: Stage[MediaEngine], page: Page) -> float:
    """The mediator leaves the father for a caucus with the mother: from the command to her first frame of the mediator."""
    await stage.seat({"mediator": {"father"}, "father": {"mediator"}})
    await asyncio.sleep(1)
    await page.evaluate("watching.frames.length = 0")
    start = time.time()
    await stage.seat({"mediator": {"mother"}, "mother": {"mediator"}})
    await shows_new_frames(page)
    return float(await page.evaluate("watching.frames[0]")) - start * 1000


async def recovered(contestant: Contestant, page: Page) -> float:
    """From the death of the server's process to the first frame after the longest time without one, which begins at once.

    Raises TimeoutError when none comes.
    """
    await page.evaluate("watching.frames.length = 0")
    start = time.time() * 1000
    os.kill(contestant.pids()[0], signal.SIGKILL)
    while time.time() * 1000 < start + GIVEN_UP:
        await asyncio.sleep(0.5)
        frames = await page.evaluate("watching.frames")
        moments = [start, *(frame for frame in frames if frame > start)]
        pauses = [pair for pair in pairwise(moments) if pair[0] < start + STILL_WITHIN]
        _, end = max(((after - before, after) for before, after in pauses), default=(0, math.inf))
        if moments[-1] - end > STILL_WITHIN:
            return float(end - start)
    raise TimeoutError(f"no picture came again within {GIVEN_UP // 1000} s of the server's death")


async def shows_new_frames(page: Page) -> None:
    """Wait for a frame. Raises TimeoutError."""
    try:
        await page.wait_for_function("watching.frames.length > 0", timeout=10_000, polling=20)
    except PlaywrightTimeout:
        raise TimeoutError("a page shows nobody within 10 s") from None


def usual(turns: Sequence[Mapping[str, Seen]]) -> dict[str, Seen]:
    """Of each server the median of the costs, and the times of all turns."""
    found = {}
    for name in {name: None for turn in turns for name in turn}:
        mine = [turn[name] for turn in turns if name in turn]
        found[name] = Seen(
            cores=median(each.cores for each in mine),
            cost=median(each.cost for each in mine),
            frames=median(each.frames for each in mine),
            joins=[join for each in mine for join in each.joins],
            moves=[move for each in mine for move in each.moves],
            recoveries=[recovery for each in mine for recovery in each.recoveries],
        )
    return found


def middle(values: list[float]) -> float:
    """The median."""
    return median(values) if values else math.nan
