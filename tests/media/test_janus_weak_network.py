"""A real browser behind a narrow network, on Janus: the voice stays, pictures are paused and come back (`make soak`)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Playwright

from signaling.media.engine import MediaEngine, PicturesPaused
from tests.browser.people import person_page
from tests.clips import make_clip
from tests.media.contract.ground import stage_on
from tests.media.narrow_way import NarrowWay
from tests.media.seeing import SOUND, lost_share, until_wide
from tests.media.stage import Stage
from tests.media.waiting import until

# bit/s: a voice takes 46,000 with its headers, the smallest form of the clip from 30,000 on
A_VOICE_AND_NO_PICTURE = 60_000

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


class Ways:
    """What somebody receives takes a narrow way, whichever port of Janus it comes from."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._made: dict[str, NarrowWay] = {}

    def lead(self, offer: str) -> str:
        """The offer with another port."""
        found = re.search(r" (\d+) typ host", offer)
        if found is None:
            return offer
        port = found[1]
        if port not in self._made:
            self._made[port] = NarrowWay(int(port), self._host)
            self._made[port].open()
        return offer.replace(found[0], f" {self._made[port].port} typ host")

    def narrow(self, rate: int | None) -> None:
        """Let so many bit/s through from now on."""
        for way in self._made.values():
            way.rate = rate

    def close(self) -> None:
        for way in self._made.values():
            way.close()


@pytest.fixture
async def stage(janus_address: str, tmp_path: Path) -> AsyncIterator[Stage[MediaEngine]]:
    async with stage_on("janus", janus_address, tmp_path) as made:
        yield made


@pytest.fixture
async def ways(stage: Stage[MediaEngine], janus_address: str) -> AsyncIterator[Ways]:
    """The father's network."""
    made = Ways(janus_address)
    stage.receiving_ways["father"] = made.lead
    yield made
    made.close()


@pytest.fixture
async def father(stage: Stage[MediaEngine], ways: Ways, playwright: Playwright, tmp_path: Path) -> AsyncIterator[Page]:
    """Somebody without devices who sees the mother's camera in its best size."""
    await stage.together("mother", "father")
    camera = make_clip(tmp_path, "mother", (960, 540))
    async with person_page(playwright, camera) as mother, person_page(playwright, None) as page:
        await mother.goto(f"{stage.url}?me=mother")
        await page.goto(f"{stage.url}?me=father")
        await until_wide(page, "mother", 960)
        yield page


async def keeps_the_voice(stage: Stage[MediaEngine], ways: Ways, father: Page) -> None:
    ways.narrow(A_VOICE_AND_NO_PICTURE)
    await until(lambda: PicturesPaused(stage.room, "father", True) in stage.events, within=30)
    await asyncio.sleep(1)
    assert await lost_share(father, 2) < 0.1
    assert not any(isinstance(event, PicturesPaused) and event.peer != "father" for event in stage.events)


async def test_the_voice_stays(stage: Stage[MediaEngine], ways: Ways, father: Page) -> None:
    await keeps_the_voice(stage, ways, father)


@pytest.mark.soak
async def test_an_attempt_that_fails_costs_little_voice(stage: Stage[MediaEngine], ways: Ways, father: Page) -> None:
    await keeps_the_voice(stage, ways, father)
    stage.events.clear()
    _, before = await father.evaluate(SOUND)
    await until(lambda: PicturesPaused(stage.room, "father", False) in stage.events, within=60)
    await until(lambda: PicturesPaused(stage.room, "father", True) in stage.events, within=10)
    await asyncio.sleep(3)
    _, lost = await father.evaluate(SOUND)
    assert lost - before < 75, "packets of 20 ms"


@pytest.mark.soak
async def test_pictures_come_back(stage: Stage[MediaEngine], ways: Ways, father: Page) -> None:
    await keeps_the_voice(stage, ways, father)
    ways.narrow(None)
    await until(lambda: PicturesPaused(stage.room, "father", False) in stage.events, within=60)
    await until_wide(father, "mother", 960, within=60)
