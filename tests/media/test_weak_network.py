"""A real browser behind a narrow network: the voice stays, pictures are paused and come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from playwright.async_api import Page, Playwright

from signaling.media.engine import LayersWanted, PicturesPaused
from signaling.media.sfu import EmbeddedEngine
from tests.browser.people import person_page
from tests.media.narrow_way import NarrowWay
from tests.media.scripted_client import ScriptedClient
from tests.media.scripted_media import LAYER_RATES, LayeredPlayer, Player, Recording, record
from tests.media.seeing import lost_share, moves, until_heard, until_seen
from tests.media.stage import Stage
from tests.media.waiting import slack, until

OTHERS = ("judge", "worker", "elder")
# bit/s: a voice takes some 60,000 with all headers
THREE_VOICES_AND_NO_PICTURE = 260_000


@pytest.fixture
async def way(stage: Stage[EmbeddedEngine]) -> AsyncIterator[NarrowWay]:
    """The mother's network."""
    made = NarrowWay(stage.engine.ports[0])
    made.open()
    stage.ports["mother"] = made.port
    yield made
    made.close()


@pytest.fixture
async def judge(stage: Stage[EmbeddedEngine], way: NarrowWay) -> AsyncIterator[ScriptedClient]:
    """Somebody whose camera comes in three sizes, listed for the mother."""
    await stage.together("mother", "judge")
    client = ScriptedClient("judge", lambda offer: stage.engine.answer(stage.room, "judge", offer))
    client.rids = tuple(LAYER_RATES)
    await client.join(1)
    player = LayeredPlayer(client, "judge", lambda: wanted_of_judge(stage))
    yield client
    player.stop()
    await client.close()


def wanted_of_judge(stage: Stage[EmbeddedEngine]) -> list[str]:
    """The sizes that the judge's page was last told to send."""
    told = [event.layers for event in stage.events if isinstance(event, LayersWanted) and event.peer == "judge"]
    return [name[0] for name in told[-1]] if told else list(LAYER_RATES)


async def until_layer(stage: Stage[EmbeddedEngine], *layers: str, within: float = 15.0) -> None:
    """Wait until the mother gets one of these layers of the judge."""
    start = time.monotonic()
    while (now := (await stage.engine.stats(stage.room))["mother"].layers.get("judge")) not in layers:
        assert time.monotonic() - start < within * slack(), now
        await asyncio.sleep(0.1)


def heavy(name: str) -> Recording:
    """A picture of 300 kbit/s: none has room beside voices where the network is narrow."""
    clip = record(name)
    return replace(clip, frames=[frame.ljust(300_000 // 8 // clip.rate, b"\0") for frame in clip.frames])


@pytest.fixture
async def mother(stage: Stage[EmbeddedEngine], way: NarrowWay, playwright: Playwright) -> AsyncIterator[Page]:
    """The mother's page without devices of its own; three scripted people with pictures and voices."""
    await stage.together("mother", *OTHERS)
    async with AsyncExitStack() as stack:
        for name in OTHERS:
            client = ScriptedClient(name, lambda offer, name=name: stage.engine.answer(stage.room, name, offer))
            await client.join(3)
            stack.push_async_callback(client.close)
            stack.callback(Player(client, heavy(name)).stop)
        page = await stack.enter_async_context(person_page(playwright, None))
        await page.goto(f"{stage.url}?me=mother")
        yield page


@pytest.mark.browser
async def test_the_voice_stays_and_pictures_come_back(
    stage: Stage[EmbeddedEngine], way: NarrowWay, mother: Page
) -> None:
    await until_seen(mother, *OTHERS)
    await until_heard(mother, *OTHERS)
    way.rate = THREE_VOICES_AND_NO_PICTURE
    await until(lambda: PicturesPaused(stage.room, "mother", True) in stage.events, within=15)
    await asyncio.sleep(1.5)
    assert await lost_share(mother, 3) < 0.1
    await until_heard(mother, *OTHERS)
    way.rate = None
    await until(lambda: PicturesPaused(stage.room, "mother", False) in stage.events, within=30)
    await until_seen(mother, *OTHERS)
    await moves(mother)
    assert not any(isinstance(event, PicturesPaused) and event.peer != "mother" for event in stage.events)


@pytest.mark.browser
async def test_from_the_best_picture_to_voice_alone_and_back(
    stage: Stage, way: NarrowWay, judge: ScriptedClient, playwright: Playwright
) -> None:
    async with person_page(playwright, None) as page:
        await page.goto(f"{stage.url}?me=mother")
        await until_seen(page, "judge")
        await until_layer(stage, "high")
        await until(lambda: wanted_of_judge(stage) == ["h"], within=15)  # the others must wake when the network is weak
        way.rate = 260_000
        await until_layer(stage, "low")
        await moves(page)
        way.rate = 90_000
        await until(lambda: PicturesPaused(stage.room, "mother", True) in stage.events, within=15)
        await asyncio.sleep(1.5)
        assert await lost_share(page, 2) < 0.1
        await until_layer(stage, "off")
        way.rate = None
        await until(lambda: PicturesPaused(stage.room, "mother", False) in stage.events, within=40)
        await until_layer(stage, "high", within=40)
        await until_seen(page, "judge")
        await moves(page)
    assert not judge.closed.is_set()
