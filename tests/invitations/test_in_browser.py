"""A personal link in a real Chromium: mail scanners, the click, WeChat's hand-off, answers; accessible and not too wide."""

from pathlib import Path

import pytest
from playwright.async_api import Page
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.invitations.announce import announce_booked
from mediation.invitations.links import KEY, renew, token_of
from mediation.invitations.models import Way
from mediation.sessions.kinds import Reply
from mediation.sessions.models import Consent, MediationSession, Participant
from mediation.tokens import load_key
from tests.look.browsing import findings
from tests.look.real_pages import Site, site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

WECHAT = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/107 Mobile Safari/537.36 MicroMessenger/8.0.49"
_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def link(shown: Site, folder: Path) -> str:
    """A new link for the mother, at the address where the test's server is."""

    async def unit(db: AsyncSession) -> str:
        found = await renew(db, shown.story.mediator.actor(), shown.story.mother.participant.id)
        await announce_booked(db, await db.get_one(MediationSession, shown.story.session.id))
        return token_of(load_key(folder / "keys", KEY), found.id, found.version)

    secret = await shown.database.write(unit)
    return f"{shown.address('/i/{invitation}')}#{secret}"


async def ways(shown: Site) -> int:
    async with shown.database.read() as db:
        return len((await db.scalars(select(Way.id))).all())


async def fine(page: Page) -> list[str]:
    """What is wrong with the page on phones of 360 pixels, and by axe."""
    await page.set_viewport_size({"width": 360, "height": 800})
    wide = await page.evaluate(_TOO_WIDE)
    return await findings(page) + ([f"{wide} too wide"] if wide else [])


async def test_from_the_link_to_the_way_in(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        address = await link(shown, tmp_path)
        page = await (await shown.window("", 390, 844)).new_page()
        await page.goto(address)
        assert await ways(shown) == 0  # opening changes nothing, scripts included
        assert await fine(page) == []
        await page.click("#open")
        await page.wait_for_selector("text=谁会参加")
        assert page.url == address.partition("#")[0]
        assert await ways(shown) == 1
        assert await fine(page) == []
        await page.click("[data-dialog=other-time]")
        assert await fine(page) == []
        await page.fill("#field-note", "晚上 7 点以后")
        await page.click("dialog[open] [value=other_time]")
        await page.wait_for_selector("text=您想换个时间")
        assert await fine(page) == []
        await page.click("text=我还是参加")
        await page.wait_for_selector("#consent")
        assert await fine(page) == []
        boxes = [await button.bounding_box() for button in await page.query_selector_all("[name=given]")]
        sizes = {(box["width"], box["height"]) for box in boxes if box}
        assert (len(boxes), len(sizes)) == (2, 1)
        await page.click("[name=given][value=true]")
        await page.wait_for_selector("text=试手机，进等候室")
        assert await fine(page) == []
        async with shown.database.read() as db:
            mother = await db.get_one(Participant, shown.story.mother.participant.id)
            consent = (await db.scalars(select(Consent))).one()
        assert (mother.reply, mother.replied_at is not None, consent.given) == (Reply.ACCEPTED, True, True)
        assert abs((consent.at - now()).total_seconds()) < 60


async def test_inside_wechat_the_way_out_comes_before_redemption(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        address = await link(shown, tmp_path)
        context = await shown.browser.new_context(user_agent=WECHAT, viewport={"width": 390, "height": 844})
        page = await context.new_page()
        await page.goto(address)
        assert await page.is_visible("text=请点右上角的三个点")
        assert not await page.is_visible("#open")
        assert await fine(page) == []
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.click("#copy")
        await page.wait_for_selector("#copy >> text=已复制")
        assert await page.evaluate("navigator.clipboard.readText()") == address
        assert await ways(shown) == 0
        await page.click("#read-here")
        await page.wait_for_selector("text=谁会参加")
        assert await ways(shown) == 1


@pytest.mark.parametrize("refuses", [True, False])
async def test_other_apps_are_left_only_where_they_refuse(chromium_path: str, tmp_path: Path, refuses: bool) -> None:
    async with site(chromium_path, tmp_path) as shown:
        address = await link(shown, tmp_path)
        context = await shown.browser.new_context(user_agent="Mozilla/5.0 (Linux; Android 12) Chrome/107 DingTalk/7.0")
        await context.add_init_script(
            f"navigator.permissions.query = async () => ({{state: '{'denied' if refuses else 'prompt'}'}})"
        )
        page = await context.new_page()
        await page.goto(address)
        await page.wait_for_selector("#copy" if refuses else "#open")
        assert await page.is_visible("#open") is not refuses


async def test_a_link_without_its_secret_says_so_and_a_renewed_one_too(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        old = await link(shown, tmp_path)
        await link(shown, tmp_path)
        page = await (await shown.window("", 390, 844, "en")).new_page()
        await page.goto(old.partition("#")[0])
        assert await page.is_visible("text=This link is not complete")
        assert await fine(page) == []
        await page.goto("about:blank")
        await page.goto(old)
        await page.click("#open")
        await page.wait_for_selector("text=You were sent a newer link")
        assert await fine(page) == []


async def test_readers_elsewhere_see_their_own_time(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        address = await link(shown, tmp_path)
        for zone, differs in (("Asia/Shanghai", False), ("Asia/Singapore", False), ("Europe/London", True)):
            context = await shown.browser.new_context(timezone_id=zone)
            page = await context.new_page()
            await page.goto(address)
            await page.click("#open")
            await page.wait_for_selector("text=谁会参加")
            await page.wait_for_load_state()  # the script that knows the reader's own time has run
            assert await page.is_visible("#own-time") is differs
            await context.close()


async def test_mailbox_and_messages_with_something_in_them(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        await link(shown, tmp_path)
        page = await (await shown.window("admin", 1440, 900)).new_page()
        for path, text in (("/mailbox", "请您参加一次视频调解"), ("/messages", "邀请您：")):
            for _ in range(20):
                await page.goto(shown.address(path))
                if await page.get_by_text(text).count():
                    break
                await page.wait_for_timeout(300)
            assert await page.get_by_text(text).count()
            assert await fine(page) == []
