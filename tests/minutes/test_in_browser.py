"""Minutes save themselves while somebody types; two who write at once both keep their words."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from mediation.config import Settings
from mediation.minutes.kinds import Part
from tests.look.real_pages import site
from tests.minutes.test_writing import text_of, write

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


async def test_saved_while_typing_and_joined_after_a_conflict(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        database, story, settings = shown.database, shown.story, Settings(data_dir=tmp_path)
        page = await (await shown.window("mediator", 1440, 900, "zh")).new_page()
        await page.goto(shown.address("/sessions/{session}/minutes"))
        part = page.locator("[data-minutes-part=course]")
        await part.locator("textarea").press_sequentially("先分别谈。", delay=20)
        await expect(part.locator("[data-minutes-state]")).to_have_text("已保存")
        assert await text_of(database, story, Part.COURSE) == "先分别谈。"
        await write(database, story, settings, Part.COURSE, 1, "妇联写的。", by=story.worker)
        await part.locator("textarea").fill("先分别谈，再一起谈。")
        await expect(part.get_by_text("妇联写的。")).to_be_visible()
        assert await text_of(database, story, Part.COURSE) == "妇联写的。"
        await part.get_by_role("button", name="两边都留").click()
        await expect(part.locator("[data-minutes-state]")).to_have_text("已保存")
        assert await text_of(database, story, Part.COURSE) == "妇联写的。\n\n先分别谈，再一起谈。"


async def test_without_the_server_the_words_stay_and_are_sent_again(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        context = await shown.window("mediator", 1440, 900, "zh")
        page = await context.new_page()
        await page.goto(shown.address("/sessions/{session}/minutes"))
        await context.set_offline(True)
        part = page.locator("[data-minutes-part=facts]")
        await part.locator("textarea").fill("双方有一个孩子。")
        await expect(part.locator("[data-minutes-state]")).to_contain_text("没有存上")
        await context.set_offline(False)
        await expect(part.locator("[data-minutes-state]")).to_have_text("已保存", timeout=15_000)
        assert await text_of(shown.database, shown.story, Part.FACTS) == "双方有一个孩子。"
