"""The page of who leads, when another window of theirs has taken their seat."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.journey.moves import zh
from tests.look.real_pages import site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def test_the_first_window_says_so_and_does_nothing_more(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        context = await shown.window("mediator", 1440, 900)
        first, second = await context.new_page(), await context.new_page()
        for page in (first, second):
            await page.goto(shown.address("/sessions/{session}/room"))
            await page.locator("#places-list section").first.wait_for()
        await expect(first.locator("#hear")).to_contain_text(zh("You are in this session in another window"))
        await first.wait_for_timeout(1500)
        assert await line(first) == [
            zh("Nobody can see or hear you now"),
            zh("You are in this session in another window"),
        ]
        assert await first.locator("#tiles .tile").count() == 0
        assert await first.evaluate("document.getElementById('main').inert")
        assert (await line(second))[1] != zh("You are in this session in another window")


async def line(page: Page) -> list[str]:
    return [await page.locator(f"[data-hear-{part}]").inner_text() for part in ("title", "detail")]
