"""The booking page in a real browser: its script says at once who is not free, and what was typed is kept."""

from collections.abc import AsyncIterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright, expect

from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from tests.browser.people import FLAGS, chromium
from tests.services.programs import missing
from tests.story import Story

pytestmark = pytest.mark.browser


@pytest.fixture
async def desk(settings: Settings, sqlite: Database, story: Story) -> AsyncIterator[Page]:
    """The mediator's browser on the booking page; whatever its console complains about fails the test."""
    if (path := chromium()) is None:
        missing("chromium")
    complaints: list[str] = []
    async with (
        TestServer(create_app(settings, database=sqlite, with_calls=False)) as server,
        async_playwright() as play,
    ):
        browser = await play.chromium.launch(executable_path=path, args=FLAGS)
        context = await browser.new_context(timezone_id="America/New_York")
        home = str(server.make_url("/"))
        await context.add_cookies([{"name": "login", "value": await story.log_in(sqlite, story.mediator), "url": home}])
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{home}cases/{story.case.id}/sessions/new")
        yield page
        await browser.close()
    assert complaints == []


async def test_who_is_not_free_is_said_at_once(desk: Page, story: Story) -> None:
    # The reader's machine stands elsewhere: the page speaks of the workstation's clock all the same.
    local = story.session.starts_at.astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(minutes=30)
    await desk.check("input[name=slot][value=own]", force=True)
    await desk.fill("input[name=day]", f"{local:%Y-%m-%d}")
    await desk.fill("input[name=clock]", f"{local:%H:%M}")
    await desk.locator("input[name=clock]").dispatch_event("change")
    await expect(desk.locator("#taken")).to_contain_text("王女士")
    assert await desk.locator("input[name=slot][value=own]").is_checked()
    before = await desk.locator(".slot b").first.inner_text()
    await desk.locator("label:has(input[name=minutes][value='90'])").click()
    await expect(desk.locator(".slot b").first).not_to_have_text(before)
    assert await desk.input_value("input[name=clock]") == f"{local:%H:%M}", "what was typed is kept"
    assert await desk.locator("input[name=slot][value=own]").is_checked()


async def test_other_people_bring_other_times(desk: Page, story: Story) -> None:
    assert await desk.locator("#strip .freebusy-names li").count() == 3
    await desk.get_by_text("加一个人").click()
    await desk.locator(f"label:has(input[name='expect.judge.{story.judge.person.id}'][value=optional])").click()
    await expect(desk.locator("#strip .freebusy-names li")).to_have_count(4)
    assert "陈法官也能来" in await desk.locator(".slot .reasons").first.inner_text()


async def test_booking_leads_to_the_session(desk: Page) -> None:
    await desk.locator(".slot").nth(1).click()
    await desk.get_by_role("button", name="约好这个时间").click()
    await desk.wait_for_url("**/sessions/*")
    assert await desk.locator("h1").inner_text() == "第 2 次调解"
    assert await desk.locator("tbody tr").count() == 3
