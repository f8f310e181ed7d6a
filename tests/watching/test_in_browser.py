"""The live page in a real Chromium: it looks again by itself, leaves alone what has not changed, and one click is seen by all."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from mediation.live import connections
from mediation.live.kinds import Ending
from tests.look.browsing import findings
from tests.look.real_pages import site
from tests.watching.test_pages import running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def test_the_page_looks_again_by_itself(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        hall = await running(shown.database, shown.story)
        pages = []
        for who in ("worker", "admin"):
            context = await shown.window(who, 360, 800)
            pages.append(await context.new_page())
            await pages[-1].clock.install()
            await pages[-1].goto(shown.address("/running"))
        worker, admin = pages
        status = worker.get_by_role("status")
        await expect(status).to_have_text("有 1 场正在进行，有 1 处要人去看")
        assert await findings(worker) == []
        link = worker.get_by_role("link", name=shown.story.case.number)
        await link.focus()
        await worker.evaluate("document.querySelector('.watched').marked = true")

        async with worker.expect_response(lambda answer: answer.url.endswith("/running/panel")) as looked:
            await worker.clock.run_for(6_000)
        await (await looked.value).finished()
        assert await worker.evaluate("document.querySelector('.watched').marked"), (
            "nothing changed, nothing is replaced"
        )
        await shown.database.write(lambda db: connections.ended(db, hall.ids["mediator"], Ending.NETWORK_SILENT))
        await worker.clock.run_for(6_000)
        await expect(status).to_have_text("有 1 场正在进行，有 2 处要人去看")
        await expect(link).to_be_focused()
        await expect(worker.get_by_text("主持的调解员不在，调解还开着")).to_be_visible()

        await worker.get_by_role("button", name="我来处理：主持的调解员不在").click()
        await worker.wait_for_load_state()
        await admin.clock.run_for(6_000)
        await expect(admin.get_by_text("周老师在处理")).to_be_visible()
        for width in (360, 320):
            await admin.set_viewport_size({"width": width, "height": 800})
            assert await admin.evaluate("document.documentElement.scrollWidth") <= width
