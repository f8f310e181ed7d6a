"""Two real Chromiums on either engine, with the same page: together, moved apart, together again, parted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Page, Playwright

from signaling.media.engine import MediaEngine, PeerGone
from tests.browser.people import person_page
from tests.clips import Clip, make_clip
from tests.media.contract.ground import stage_on
from tests.media.seeing import until_heard, until_seen, until_sends, until_wide
from tests.media.stage import Stage
from tests.media.waiting import until
from tests.recordings.person import pictures, sealed, target, webm

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PEOPLE = ("mother", "father")


@pytest.fixture
async def stage(kind: str, address: str, tmp_path: Path) -> AsyncIterator[Stage[MediaEngine]]:
    """The engine with its web pages."""
    async with stage_on(kind, address, tmp_path) as made:
        yield made


@pytest.fixture
async def pages(playwright: Playwright, clips: dict[str, Clip]) -> AsyncIterator[list[Page]]:
    async with AsyncExitStack() as stack:
        yield list(
            await asyncio.gather(*(stack.enter_async_context(person_page(playwright, clips[name])) for name in PEOPLE))
        )


async def test_two_people_see_and_hear_each_other_exactly_when_they_may(
    stage: Stage[MediaEngine], pages: list[Page]
) -> None:
    mother, father = pages
    await stage.together(*PEOPLE)
    for name, page in zip(PEOPLE, pages, strict=True):
        await page.goto(f"{stage.url}?me={name}")
    await until_seen(mother, "father")
    await until_seen(father, "mother")
    await until_heard(mother, "father")
    await until_heard(father, "mother")

    await stage.seat({"mother": set(), "father": set()})
    await until_seen(mother)
    await until_heard(mother)
    await until_heard(father)

    await stage.together(*PEOPLE)
    await until_seen(mother, "father")
    await until_heard(father, "mother")

    await mother.evaluate("call.close()")
    await until(lambda: PeerGone(stage.room, "mother") in stage.events)


async def test_a_picture_is_as_large_as_its_tile_and_nobody_sends_what_nobody_takes(
    stage: Stage[MediaEngine], playwright: Playwright, tmp_path: Path
) -> None:
    camera = make_clip(tmp_path, "mother", (960, 540))
    await stage.together(*PEOPLE)
    async with person_page(playwright, camera) as mother, person_page(playwright, None) as father:
        for name, page in zip(PEOPLE, (mother, father), strict=True):
            await page.goto(f"{stage.url}?me={name}")
        await until_wide(father, "mother", 960)
        await father.evaluate("stage.prefer({mother: 600})")
        await until_wide(father, "mother", 480)
        await father.evaluate("stage.prefer({mother: 200})")
        await until_wide(father, "mother", 240)
        await until_sends(mother, "l")
        assert (await stage.engine.stats(stage.room))["father"].layers == {"mother": "low"}
        await father.evaluate("stage.prefer({mother: 1000})")
        await until_wide(father, "mother", 960)
        assert (await stage.engine.stats(stage.room))["father"].layers == {"mother": "high"}
        await father.evaluate("stage.prefer({mother: 0})")
        await stage.engine.record(stage.room, "mother", where := target(tmp_path))
        await asyncio.sleep(4)
        assert (await stage.engine.stats(stage.room))["father"].layers == {"mother": "off"}
        await stage.engine.record(stage.room, "mother", None)
    await until(lambda: any(place.last for place in sealed(where).places()))
    sizes = [frame.size for frame in pictures(webm(sealed(where))[0])]
    assert sizes[-1] == (960, 540), "the best is recorded, also while nobody watches it"
