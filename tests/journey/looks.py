"""Pages in their real states: accessible by WCAG 2.2 AA, and nothing to push sideways on a narrow phone."""

from __future__ import annotations

from playwright.async_api import Page

from tests.look.browsing import findings

NARROW = {"width": 360, "height": 780}
OWN_PICTURE = "document.querySelector('.tile[data-own] video').videoWidth > 0"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def looks_right(page: Page) -> None:
    """Check the page as it stands now; its size is the same again afterwards."""
    size = page.viewport_size
    assert size is not None
    assert await findings(page) == [], page.url
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    assert await page.evaluate(TOO_WIDE) == 0, page.url
    await page.set_viewport_size(size)
