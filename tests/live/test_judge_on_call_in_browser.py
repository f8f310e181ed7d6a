"""The page of a judge who waits for questions."""

from pathlib import Path

import pytest

from tests.look.real_pages import site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def test_it_is_left_in_peace_while_nothing_is_new(chromium_path: str, tmp_path: Path) -> None:
    """A page that is loaded anew takes away the place of whoever works with a keyboard or a screen reader."""
    async with site(chromium_path, tmp_path) as shown:
        page = await (await shown.window("judge", 1440, 900)).new_page()
        await page.clock.install()
        async with page.expect_response("**/consultations") as looked:
            await page.goto(shown.address("/consultations"))
        await looked.value
        await page.evaluate("window.same = true")
        for _ in range(2):
            async with page.expect_response("**/consultations") as looked:
                await page.clock.fast_forward(10_500)
            await (await looked.value).finished()
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("window.same")
