"""Signing in a real Chromium: a name is drawn by hand, the other phone hears of it, a change is shown at once."""

import json
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.drafting import edit_clause
from mediation.agreements.models import Signature
from mediation.agreements.queries import clauses_of
from mediation.config import Settings
from mediation.notifications.codes import CodeAnswer
from tests.agreements.steps import agree, code_of, confirm, offered, reread, sign, submit, visiting
from tests.look.browsing import findings
from tests.look.real_pages import Site, site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
AGREEMENT = "/i/{invitation}/agreement"
DESK = "/cases/{case}/agreement"
WIDTHS = {"mother": 390, "mediator": 1440}
NAME = [((70, 60), (200, 50)), ((135, 30), (130, 150)), ((60, 100), (210, 95)), ((50, 160), (220, 155))]


async def opened(shown: Site, who: str, path: str, window: BrowserContext | None = None) -> Page:
    """The page in this window, or in a new one of this person's."""
    page = await (window or await shown.window(who, 390, 844)).new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    page.on(
        "console",
        lambda said: said.type == "error" and page.complaints.append(said.text),  # type: ignore[attr-defined]
    )
    await page.goto(shown.address(path))
    return page


async def wrong_with(page: Page, widths: tuple[int, ...]) -> list[str]:
    """Complaints of the console, sideways scroll, and what axe finds."""
    said: list[str] = list(page.complaints)  # type: ignore[attr-defined]
    for width in widths:
        await page.set_viewport_size({"width": width, "height": 844})
        if wide := await page.evaluate(_TOO_WIDE):
            said.append(f"{wide} pixels too wide at {width}")
    return said + await findings(page)


async def draw(page: Page) -> None:
    """Write a name into the pad with the pointer."""
    box = await page.locator("[data-pad] canvas").bounding_box()
    assert box is not None
    for (x, y), (to_x, to_y) in NAME:
        await page.mouse.move(box["x"] + x, box["y"] + y)
        await page.mouse.down()
        await page.mouse.move(box["x"] + to_x, box["y"] + to_y, steps=8)
        await page.mouse.up()


async def test_a_name_is_drawn_and_the_other_phone_hears_of_it(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        database, story, settings = shown.database, shown.story, Settings(data_dir=tmp_path)
        agreement = await offered(database, story, settings)
        mother = await opened(shown, "mother", AGREEMENT)
        for number in (1, 2, 3):
            await expect(mother.locator("article.read")).to_contain_text(f"第 {number} 条")
            await mother.get_by_role("button", name="同意", exact=True).click()
        await expect(mother.get_by_role("heading", name="请您签名")).to_be_visible()
        await agree(database, story.father, agreement)
        father = await opened(shown, "father", f"/i/{story.father.invitation.id}/agreement")
        await expect(father.get_by_text("王女士还没有签")).to_be_visible()
        await draw(mother)
        await mother.get_by_text("没有人逼我签").click()
        await mother.get_by_role("button", name="提交签名").click()
        await mother.get_by_label("验证码").fill(await code_of(database, story.mother))
        await mother.get_by_role("button", name="确认签名").click()
        await expect(mother.get_by_role("heading", name="您签好了")).to_be_visible()
        await expect(father.get_by_text("王女士已经签了")).to_be_visible(timeout=15_000)
        async with database.read() as db:
            drawn = (await db.scalars(select(Signature).where(Signature.confirmed_at.is_not(None)))).one().strokes
        assert drawn is not None
        assert len(drawn["strokes"]) == len(NAME)
        assert [stroke[0][:2] for stroke in drawn["strokes"]] == [
            pytest.approx(list(start), abs=2) for start, _ in NAME
        ]
        assert json.dumps(drawn)
        await sign(database, story.father, await reread(database, story))
        await expect(mother.get_by_role("heading", name="协议生效了")).to_be_visible(timeout=15_000)
        async with mother.expect_download() as arriving:
            await mother.get_by_role("link", name="下载 PDF").click()
        assert (await (await arriving.value).path()).read_bytes().startswith(b"%PDF-")


async def test_who_is_just_drawing_is_told_of_a_change(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        database, story, settings = shown.database, shown.story, Settings(data_dir=tmp_path)
        agreement = await offered(database, story, settings)
        await agree(database, story.mother, agreement)
        mother = await opened(shown, "mother", AGREEMENT)
        await draw(mother)

        async def change(db: AsyncSession) -> None:
            first = (await clauses_of(db, agreement.id))[0]
            draft = visiting(story, notice_days=6)
            await edit_clause(db, story.mediator.actor(), story.case.id, 2, first.id, draft, settings=settings)

        await database.write(change)
        await expect(mother.get_by_text("协议刚刚改过")).to_be_visible(timeout=15_000)
        await mother.get_by_text("没有人逼我签").click()
        await mother.get_by_role("button", name="提交签名").click()
        await expect(mother.locator("[data-summary]")).to_contain_text("协议刚刚改过")
        await expect(mother.locator("article.read")).to_contain_text("提前6天告诉对方")


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_step_is_accessible_and_fits(chromium_path: str, tmp_path: Path, lang: str) -> None:
    wrong: list[str] = []
    async with site(chromium_path, tmp_path) as shown:
        database, story, settings = shown.database, shown.story, Settings(data_dir=tmp_path)

        windows = {who: await shown.window(who, width, 844, lang) for who, width in WIDTHS.items()}

        async def look(step: str, *more: tuple[str, str]) -> None:
            for who, path in (("mother", AGREEMENT), ("mediator", DESK), *more):
                page = await opened(shown, who, path, windows[who])
                wrong.extend(f"{step} {path}: {line}" for line in await wrong_with(page, (320, WIDTHS[who])))
                await page.close()

        await look("nothing")
        agreement = await offered(database, story, settings)
        async with database.read() as db:
            first = (await clauses_of(db, agreement.id))[0].id
        forms = [("mediator", f"{DESK}?edit={form}") for form in (first, "free", "facts")]
        await look("read", *forms)
        await agree(database, story.mother, agreement)
        await look("sign", ("mother", f"{AGREEMENT}?typed=1"))
        await submit(database, story.mother, agreement)
        await look("code")
        assert await confirm(database, story.mother, agreement) is CodeAnswer.RIGHT
        await look("signed")
        await sign(database, story.father, agreement)
        await look("effective")
    assert wrong == []
