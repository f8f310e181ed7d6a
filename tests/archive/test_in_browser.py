"""The page of a recording finds out by itself that it can be played."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from mediation.config import Settings
from tests.archive.shelf import shelve
from tests.look.real_pages import site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_what_is_being_prepared_is_shown_when_it_is_ready(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        shelf = await shelve(shown.database, shown.story, Settings(data_dir=tmp_path), arriving=True)
        page = await (await shown.window("archivist", 1440, 900, "zh")).new_page()
        await page.goto(shown.address(shelf.page))
        await expect(page.get_by_text("好了以后这一页会自己显示")).to_be_visible()
        await expect(page.locator("video")).to_have_count(0)
        await expect(page.locator("#film-play")).to_have_count(0)
        await shelf.arrive()
        await expect(page.locator("#film-play")).to_be_visible(timeout=30_000)
        await expect(page.locator("video")).to_have_count(3)
