"""Who is seen and heard in a page, by colour and tone."""

from __future__ import annotations

import asyncio
import time

from playwright.async_api import Page

from tests.clips import LOOKS

COLOURS = {name: {"colour": colour} for name, (colour, _) in LOOKS.items()}
TONES = {name: tone for name, (_, tone) in LOOKS.items()}
SEEN = """looks => Object.fromEntries([...document.querySelectorAll('video')].map(
    v => [v.id.split('-')[0], probes.nameByColour(probes.colour(v), looks)]))"""
HEARD = "tones => probes.voices(probes.playing(), tones)"


async def seen(page: Page) -> dict[str, str | None]:
    """By the person that a video element is for, whose colour it shows."""
    result: dict[str, str | None] = await page.evaluate(SEEN, COLOURS)
    return result


async def heard(page: Page) -> list[str]:
    """Whose tones the page plays."""
    result: list[str] = await page.evaluate(HEARD, TONES)
    return result


async def until_seen(page: Page, *names: str, within: float = 15.0) -> float:
    """Wait until exactly these people are seen, each in their own colour; the seconds it took."""
    start = time.monotonic()
    while (now := await seen(page)) != {name: name for name in names}:
        assert time.monotonic() - start < within, now
        await asyncio.sleep(0.05)
    return time.monotonic() - start


async def until_heard(page: Page, *names: str, within: float = 12.0) -> None:
    """Wait until exactly these people are heard."""
    start = time.monotonic()
    while (now := await heard(page)) != sorted(names):
        assert time.monotonic() - start < within, now


async def moves(page: Page, within: float = 10.0) -> None:
    """Wait until every picture in the page has shown five more frames."""
    counts = "[...document.querySelectorAll('video')].map(v => v.getVideoPlaybackQuality().totalVideoFrames)"
    before = await page.evaluate(counts)
    await page.wait_for_function(
        f"before => {counts}.every((frames, i) => frames > (before[i] ?? 0) + 5)", arg=before, timeout=within * 1000
    )
