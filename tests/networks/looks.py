"""What the pages of a meeting show and hear while networks fail: words, states of tiles, packets of each voice."""

from __future__ import annotations

import asyncio
import time

from playwright.async_api import Page

# Packets of everybody's voice that have arrived, by the name on the tile.
VOICES = """async () => {
    const figures = [...(await probes.connection().getStats()).values()].filter((each) => each.type === 'inbound-rtp');
    const tiles = [...document.querySelectorAll('#tiles .tile:not([data-own])')];
    return Object.fromEntries(tiles.map((tile) => {
        const tracks = (tile.querySelector('video').srcObject?.getAudioTracks() ?? []).map((track) => track.id);
        const own = figures.filter((each) => tracks.includes(each.trackIdentifier));
        return [tile.getAttribute('aria-label'), own.reduce((sum, each) => sum + each.packetsReceived, 0)];
    }));
}"""
LOST = """() => [...document.querySelectorAll('#tiles .tile[data-state~=lost]')]
    .filter((tile) => tile.offsetParent).map((tile) => [tile.getAttribute('aria-label'), tile.querySelector('[data-lost]').innerText])"""
IN_THE_ROOM = "() => document.getElementById('tiles').offsetParent !== null && window.neverReloaded === true"


async def voices(page: Page) -> dict[str, int]:
    """Packets of each voice so far."""
    found: dict[str, int] = await page.evaluate(VOICES)
    return found


async def until_voices(page: Page, *names: str, within: float) -> float:
    """Wait until packets of all these voices arrive again; the seconds it took."""
    start, before = time.monotonic(), await voices(page)
    while True:
        now = await voices(page)
        if all(now.get(name, 0) not in (0, before.get(name)) for name in names):
            return time.monotonic() - start
        assert time.monotonic() - start < within, (now, before)
        await asyncio.sleep(0.05)


async def lost(page: Page) -> dict[str, str]:
    """Who is not shown as present, and what stands over their picture."""
    return dict(await page.evaluate(LOST))


async def until_lost(page: Page, *names: str, words: str, within: float) -> float:
    """Wait until exactly these people are shown as lost, with these words; the seconds it took."""
    start = time.monotonic()
    while (now := await lost(page)) != dict.fromkeys(names, words):
        assert time.monotonic() - start < within, now
        await asyncio.sleep(0.1)
    return time.monotonic() - start


async def mark(page: Page) -> None:
    """Remember that this page was not loaded again."""
    await page.evaluate("window.neverReloaded = true")


async def still_seated(page: Page) -> bool:
    """Whether the page that was marked still shows the room."""
    return bool(await page.evaluate(IN_THE_ROOM))
