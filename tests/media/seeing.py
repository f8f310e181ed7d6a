"""Who is seen and heard in a page, by colour and tone."""

from __future__ import annotations

import asyncio
import time

from playwright.async_api import Page

from tests.clips import LOOKS
from tests.media.waiting import slack

COLOURS = {name: {"colour": colour} for name, (colour, _) in LOOKS.items()}
TONES = {name: tone for name, (_, tone) in LOOKS.items()}
SEEN = """looks => Object.fromEntries([...document.querySelectorAll('video')].map(
    v => [v.id.split('-')[0], probes.nameByColour(probes.colour(v), looks)]))"""
SOUND = """async () => {
  const all = [...(await stage.connection().getStats()).values()];
  const voices = all.filter((s) => s.type === 'inbound-rtp' && s.kind === 'audio');
  const sum = (name) => voices.reduce((total, s) => total + (s[name] || 0), 0);
  return [sum('packetsReceived'), sum('packetsLost')];
}"""
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
        assert time.monotonic() - start < within * slack(), now
        await asyncio.sleep(0.05)
    return time.monotonic() - start


async def until_heard(page: Page, *names: str, within: float = 12.0) -> None:
    """Wait until exactly these people are heard."""
    start = time.monotonic()
    while (now := await heard(page)) != sorted(names):
        assert time.monotonic() - start < within * slack(), now


async def moves(page: Page, within: float = 10.0) -> None:
    """Wait until every picture in the page has shown five more frames."""
    counts = "[...document.querySelectorAll('video')].map(v => v.getVideoPlaybackQuality().totalVideoFrames)"
    before = await page.evaluate(counts)
    await page.wait_for_function(
        f"before => {counts}.every((frames, i) => frames > (before[i] ?? 0) + 5)",
        arg=before,
        timeout=within * 1000 * slack(),
    )


async def until_wide(page: Page, name: str, width: int, within: float = 20.0) -> None:
    """Wait until the picture of this person has so many pixels across."""
    picture = f"document.getElementById('{name}-person')?.videoWidth ?? 0"
    start = time.monotonic()
    while (now := await page.evaluate(picture)) != width:
        assert time.monotonic() - start < within * slack(), now
        await asyncio.sleep(0.1)


async def until_sends(page: Page, *rids: str, within: float = 20.0) -> None:
    """Wait until exactly these layers of the page's camera are sent."""
    start = time.monotonic()
    while True:
        before = await page.evaluate("stage.sent()")
        await asyncio.sleep(1)
        after = await page.evaluate("stage.sent()")
        now = sorted(rid for rid in after if after[rid] > before.get(rid, 0))
        if now == sorted(rids):
            return
        assert time.monotonic() - start < within * slack(), now


async def lost_share(page: Page, seconds: float) -> float:
    """The share of voice packets that is lost within these seconds."""
    got, lost = await page.evaluate(SOUND)
    await asyncio.sleep(seconds)
    got_then, lost_then = await page.evaluate(SOUND)
    return float((lost_then - lost) / max(1, got_then - got + lost_then - lost))
