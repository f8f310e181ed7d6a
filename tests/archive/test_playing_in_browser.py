"""A recording on its page in a real browser: cameras in VP8 and H264 and a shared screen, shown in step."""

import asyncio
import time

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright

from mediation.app import create_app
from tests.archive.shelf import Shelf
from tests.browser.people import FLAGS, PROBES, chromium
from tests.clips import LOOKS
from tests.services.programs import missing

pytestmark = pytest.mark.browser
COLOURS = {name: {"colour": colour} for name, (colour, _) in LOOKS.items()}
SHOWN = """looks => [...document.querySelectorAll('.film-person:not([hidden]) video:not([hidden])')]
    .map(video => probes.nameByColour(probes.colour(video), looks))"""
APART = """() => {
    const times = [...document.querySelectorAll('.film-person video:not([hidden])')].map(video => video.currentTime);
    return Math.max(...times) - Math.min(...times);
}"""


async def until_shown(page: Page, names: list[str]) -> None:
    start = time.monotonic()
    while (shown := await page.evaluate(SHOWN, COLOURS)) != names:
        assert time.monotonic() - start < 30, shown
        await asyncio.sleep(0.1)


async def jump(page: Page, to: int) -> None:
    await page.evaluate(
        "at => { const range = document.getElementById('film-at'); range.value = at; range.dispatchEvent(new Event('input')); }",
        to,
    )


async def test_everybody_and_the_screen_are_shown_in_step(shelf: Shelf) -> None:
    if (path := chromium()) is None:
        missing("chromium")
    async with (
        TestServer(create_app(shelf.settings, database=shelf.database, with_calls=False)) as server,
        async_playwright() as play,
    ):
        browser = await play.chromium.launch(executable_path=path, args=FLAGS)
        context = await browser.new_context()
        home = str(server.make_url("/")).rstrip("/")
        login = await shelf.story.log_in(shelf.database, shelf.story.archivist)
        await context.add_cookies([{"name": "login", "value": login, "url": home}])
        await context.add_init_script(PROBES.read_text())
        page = await context.new_page()
        await page.goto(home + shelf.page)
        await jump(page, 1000)
        await until_shown(page, ["mother", "father"])
        await jump(page, 3000)
        await until_shown(page, ["judge", "mother", "father"])
        assert str(await page.get_attribute("#film-at", "aria-valuetext")).startswith("0:03 / "), "no milliseconds"
        await page.click("#film-play")
        await asyncio.sleep(1)
        assert await page.evaluate(APART) < 0.5
        await page.click("#film-play")
        await jump(page, 500)
        await until_shown(page, ["mother", "father"])
        assert await page.is_hidden("#film-trouble")
        await browser.close()
