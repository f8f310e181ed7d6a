"""Pages in their real states: accessible by WCAG 2.2 AA; on a narrow phone nothing to push sideways and no face squeezed."""

from __future__ import annotations

from playwright.async_api import Page

from tests.look.browsing import findings

NARROW = ((360, 780), (320, 640))
SMALLEST_FACE = 60
OWN_PICTURE = "document.querySelector('.tile[data-own] video').videoWidth > 0"
# The shorter side of the smallest face, where faces are shown.
SQUEEZED = """Math.min(999, ...[...document.querySelectorAll("#tiles .tile")]
    .filter(tile => tile.offsetParent).map(tile => Math.min(tile.offsetWidth, tile.offsetHeight)))"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def looks_right(page: Page) -> None:
    """Check the page as it stands now; its size is the same again afterwards."""
    size = page.viewport_size
    assert size is not None
    assert (wrong := await findings(page)) == [], f"{page.url} {wrong}"
    for width, height in NARROW:
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate(TOO_WIDE) == 0, (page.url, width)
        assert await page.evaluate(SQUEEZED) >= SMALLEST_FACE, (page.url, width)
    await page.set_viewport_size(size)


async def read_in_english(page: Page) -> None:
    """Load the page again in English; what is opened after it is Chinese as before."""
    await page.context.add_cookies([{"name": "lang", "value": "en", "url": page.url}])
    await page.reload()
    await page.context.add_cookies([{"name": "lang", "value": "zh", "url": page.url}])
