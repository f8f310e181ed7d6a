"""Three people in real Chromium, each with their own colour and tone: who is seen and heard, and who isn't."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page, Playwright

from signaling.media.sfu import EmbeddedEngine
from tests.browser.people import person_page
from tests.clips import Clip
from tests.media.seeing import moves, until_heard, until_seen
from tests.media.stage import Stage
from tests.media.waiting import slack, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PEOPLE = ("mediator", "mother", "father")
Pages = dict[str, Page]


@pytest.fixture
async def pages(stage: Stage[EmbeddedEngine], playwright: Playwright, clips: dict[str, Clip]) -> AsyncIterator[Pages]:
    async with AsyncExitStack() as stack:
        opened = await asyncio.gather(
            *(stack.enter_async_context(person_page(playwright, clips[name])) for name in PEOPLE)
        )
        yield dict(zip(PEOPLE, opened, strict=True))


async def enter(stage: Stage[EmbeddedEngine], pages: Pages) -> None:
    for name, page in pages.items():
        await page.goto(f"{stage.url}?me={name}")


async def test_people_see_and_hear_exactly_who_is_listed(stage: Stage[EmbeddedEngine], pages: Pages) -> None:
    await stage.together(*PEOPLE)
    await enter(stage, pages)
    for name, page in pages.items():
        others = [other for other in PEOPLE if other != name]
        await until_seen(page, *others)
        await until_heard(page, *others)

    # caucus: mediator and mother; the father waits alone
    await stage.seat({"mediator": {"mother"}, "mother": {"mediator"}})
    assert await until_seen(pages["mediator"], "mother") < 2 * slack()
    assert await until_seen(pages["mother"], "mediator") < 2 * slack()
    assert await until_seen(pages["father"]) < 2 * slack()
    await until_heard(pages["mediator"], "mother")
    await until_heard(pages["mother"], "mediator")
    await until_heard(pages["father"])

    # recall: all together again, within two seconds
    await stage.together(*PEOPLE)
    took = [
        await until_seen(page, *(other for other in PEOPLE if other != name), within=15) for name, page in pages.items()
    ]
    assert max(took) < 2 * slack(), took
    await until_heard(pages["father"], "mediator", "mother")


async def test_a_killed_worker_is_replaced_without_reload(stage: Stage[EmbeddedEngine], pages: Pages) -> None:
    await stage.together(*PEOPLE)
    await enter(stage, pages)
    for name, page in pages.items():
        await until_seen(page, *(other for other in PEOPLE if other != name))
    before = stage.engine.workers[0].pid
    assert before
    start = time.monotonic()
    os.kill(before, signal.SIGKILL)
    await until(lambda: stage.engine.workers[0].pid not in (None, before), within=10)
    await asyncio.gather(*(recovered(page) for page in pages.values()))
    assert time.monotonic() - start < 5 * slack()
    for name, page in pages.items():
        await until_seen(page, *(other for other in PEOPLE if other != name), within=5)


async def recovered(page: Page) -> None:
    """The page has connected again, and its pictures move."""
    await page.wait_for_function("stage.states.join() === 'connected,reconnecting,connected'", timeout=60_000)
    await moves(page)
