"""What people do in the journeys, as they would: by clicking what the page offers."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page

from mediation.i18n import catalogue
from tests.journey.play import Play, until_seen

ROLES = {"mother": "applicant", "father": "respondent"}
CALLED = {"mother": "王女士", "father": "林先生", "judge": "陈法官", "worker": "周老师"}


def zh(message: str) -> str:
    """What stands on the page for an English message."""
    return catalogue("zh")[message]


async def press(page: Page, message: str) -> None:
    """Click the button or link that says this."""
    name = zh(message)
    button = page.get_by_role("button", name=name, exact=True)
    await button.or_(page.get_by_role("link", name=name, exact=True)).first.click()


async def open_link(play: Play, name: str, link: str = "") -> Page:
    """Open the personal link and click through to the page behind it."""
    page = await play.page(name)
    await page.goto(link or play.link(ROLES[name]))
    await page.get_by_role("button", name="打开").click()
    await page.get_by_role("heading", name=CALLED[name]).wait_for()
    return page


async def arrive(play: Play, name: str, link: str = "") -> Page:
    """Come by the link: accept, consent, answer the four questions of the device check, sit in the waiting room."""
    page = await open_link(play, name, link)
    await press(page, "I will join")
    await press(page, "I agree")
    await press(page, "Try the phone and come in")
    for step in ("camera", "loudspeaker", "microphone", "connection"):
        await page.click(f"[data-step={step}] [data-yes]")
    await page.wait_for_url("**/room")
    await page.locator("#waiting-title", has_text=re.compile("您到了|过几分钟|还没有轮到您|今天晚了")).wait_for()
    return page


async def open_desk(play: Play) -> Page:
    """The mediator logs in and enters the room."""
    desk = await play.log_in("mediator", "mediator")
    await desk.goto(f"{play.station.url}/sessions/{play.demo['session']['id']}/room")
    await desk.get_by_role("heading", name="面对面").wait_for()
    return desk


def waiting_room(desk: Page, name: str) -> Locator:
    """The part of the desk that is about somebody's waiting room."""
    return desk.locator("section.place", has_text=f"{CALLED[name]}的等候室")


async def confirm_and_admit(play: Play, desk: Page, name: str) -> None:
    """Look into the waiting room, compare face and document, bring the person into the main room."""
    await waiting_room(desk, name).get_by_role("button", name="进去看看").click()
    await until_seen(desk, name)
    await until_seen(play.pages[name], "mediator")
    await desk.click("#identity-open")
    await desk.fill("#last-four", "204X")
    await desk.get_by_role("button", name="已经看过").click()
    await waiting_room(desk, name).get_by_role("button", name="请进面对面").click()


async def bring_together(desk: Page) -> None:
    """Everybody into the main room, with the question that is asked before."""
    await desk.get_by_role("button", name="请大家面对面").click()
    await desk.get_by_role("button", name="请他们进来").click()


async def all_together(play: Play) -> tuple[Page, Page, Page]:
    """Mediator, mother and father in the main room; their pages in this order."""
    mother, father = await arrive(play, "mother"), await arrive(play, "father")
    desk = await open_desk(play)
    await confirm_and_admit(play, desk, "mother")
    await confirm_and_admit(play, desk, "father")
    await until_seen(desk, "mother", "father")
    await until_seen(mother, "mediator", "father")
    await until_seen(father, "mediator", "mother")
    return desk, mother, father
