"""From the question to the archive: everybody agrees on their own page, a recording is made, interrupted, ended, played."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.people import ONLY_H264
from tests.journey.looks import looks_right, read_in_english
from tests.journey.moves import all_together, bring_together, press, zh
from tests.journey.play import COLOURS, TONES, Play, until_seen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# In place of a screen: something that has the colour of nobody who is there.
SCREEN = """navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 640, height: 360});
    const paint = canvas.getContext('2d');
    let painted = 0;
    setInterval(() => {
        paint.fillStyle = 'rgb(COLOUR)';
        paint.fillRect(0, 0, 640, 360);
        paint.fillStyle = 'white';
        paint.fillRect(painted++ % 600, 340, 20, 10);
    }, 100);
    return canvas.captureStream(10);
}"""

# Who is seen in which person's place, where each film stands, and what is heard of all films together.
SHOWN = """looks => [...document.querySelectorAll('.film-person:not([hidden])')].map(place => {
    const video = [...place.querySelectorAll('video')].find(video => !video.hidden);
    return video ? probes.nameByColour(probes.colour(video), looks) : null;
})"""
TIMES = """[...document.querySelectorAll('.film-person video:not([hidden])')].map(video => video.currentTime)"""
# When a screen was shared first, in milliseconds.
SHARED = """JSON.parse(document.getElementById('timeline').textContent)
    .filter(film => film.screen).map(film => film.offset + film.camera[0][0])[0]"""
HEARD = """tones => probes.voices(
    [...document.querySelectorAll('[data-person] video')].map(video => video.captureStream()), tones)"""


@pytest.fixture
def configured() -> dict[str, str]:
    return {"RECORDING": "allowed", "MEDIATOR_GRACE_SECONDS": "10"}  # a busy machine is silent at times


async def until(true: Callable[[], Awaitable[Any]], within: float = 20.0) -> None:
    start = time.monotonic()
    while not await true():
        assert time.monotonic() - start < within
        await asyncio.sleep(0.1)


async def ask_and_answer(desk: Page, mother: Page, father: Page) -> None:
    """The mediator asks; the father says no first, and it stays off; then he agrees."""
    await press(desk, "Recording …")
    assert zh("Nobody has been asked yet. Everybody answers on their own page.") in await desk.inner_text(
        "#recording-sheet"
    )
    await looks_right(desk)
    await press(desk, "I agree: ask everybody")
    await father.wait_for_selector("#recording-question", state="visible")
    await looks_right(father)
    for page in (mother, father):
        await page.click("#recording-question [data-recording-open]")
        assert await page.evaluate("document.activeElement.id") == "recording-title"  # no answer is nearer at hand
        await looks_right(page)
    await mother.click("[data-recording-yes]")
    await father.click("#recording-sheet [data-recording-no]")
    await desk.locator("#recording-answers li", has_text="林先生").get_by_text(zh("Does not agree")).wait_for()
    assert not await desk.is_visible("[data-recording-start]")
    await father.click("#more")
    await father.click("#chat-sheet [data-recording-open]")
    await father.click("[data-recording-yes]")
    await father.click("#chat-sheet [data-cancel]")
    await desk.click("[data-recording-start]")


async def until_signed(signed: bool, *pages: Page) -> None:
    """The constant sign stands on these pages, or on none of them."""
    for page in pages:
        await page.wait_for_selector("#recording-sign", state="visible" if signed else "hidden")


async def test_recorded_and_played(play: Play) -> None:
    await (await play.page("mother")).add_init_script(ONLY_H264)
    desk, mother, father = await all_together(play)
    await read_in_english(father)
    await until_seen(father, "mediator", "mother")
    await ask_and_answer(desk, mother, father)
    await until_signed(True, desk, mother, father)
    for page in (desk, mother, father):
        await looks_right(page)
    await asyncio.sleep(3)
    await desk.evaluate(SCREEN.replace("COLOUR", ",".join(map(str, COLOURS["judge"]["colour"]))))
    await desk.click("#screen")
    await until_seen(father, "mediator", "mother", "judge")
    await asyncio.sleep(4)
    await desk.click("#screen")
    await until_seen(father, "mediator", "mother")
    await desk.get_by_role("button", name="只和申请人谈").click()
    await until_signed(False, desk, mother, father)
    await bring_together(desk)
    await until_seen(mother, "mediator", "father")
    await press(desk, "Recording …")
    await desk.click("[data-recording-start]")
    await until_signed(True, desk, mother, father)
    await asyncio.sleep(5)
    await play.kill_and_restart()
    await until_seen(mother, "mediator", "father", within=30)
    await until_signed(False, desk, mother, father)  # a restart never goes on recording by itself
    await desk.goto(f"{play.station.url}/sessions/{play.demo['session']['id']}/close")
    await desk.check("[name=outcome][value=failed]", force=True)
    await desk.fill("[name=reason]", "接送的时间谈不拢")
    async with desk.expect_navigation():
        await press(desk, "End it")
    await play_back(play)


async def play_back(play: Play) -> None:
    archivist = await play.log_in("archivist", "archivist")
    await archivist.goto(f"{play.station.url}/archive/{play.demo['session']['case_id']}")
    recordings = archivist.locator("#recordings a")
    assert await recordings.count() == 2
    await recordings.first.click()
    await until_prepared(archivist)
    await looks_right(archivist)
    everybody = ["mother", "father", "mediator"]
    await press(archivist, "Play")
    await until_shows(archivist, everybody)
    await until_hears(archivist, everybody)
    assert len(await until_together(archivist)) == 3
    shared = await archivist.evaluate(SHARED)
    await jump(archivist, shared + 1500)
    await until_shows(archivist, ["judge", *everybody])
    assert min(await until_together(archivist)) > shared / 1000
    await jump(archivist, 1000)
    await until_shows(archivist, everybody)
    assert await archivist.is_hidden("#film-trouble")
    await archivist.go_back()
    await archivist.locator("#recordings a").last.click()
    await until_prepared(archivist)
    await press(archivist, "Play")
    await until_shows(archivist, everybody)


async def jump(page: Page, to: int) -> None:
    """Go on playing from there, in milliseconds."""
    await page.evaluate("""at => {
        const range = document.getElementById('film-at');
        range.value = at;
        range.dispatchEvent(new Event('input'));
    }""", to)  # fmt: skip


async def until_prepared(page: Page) -> None:
    """The page of a recording finds out by itself that its films are ready."""
    await page.wait_for_selector("#film-play", timeout=60_000)


async def until_hears(page: Page, names: list[str], within: float = 40.0) -> None:
    """Everybody is heard, and nobody else."""
    start = time.monotonic()
    while (heard := await page.evaluate(HEARD, TONES)) != sorted(names):
        assert time.monotonic() - start < within, heard


async def until_together(page: Page, within: float = 40.0) -> list[float]:
    """All films stand at the same moment; gives where, in seconds. On a busy machine one may have to catch up first."""
    start = time.monotonic()
    while True:
        times: list[float] = await page.evaluate(TIMES)
        if max(times) - min(times) < 0.5:
            return times
        assert time.monotonic() - start < within, times
        await asyncio.sleep(0.1)


async def until_shows(page: Page, names: list[str], within: float = 40.0) -> None:
    """Everybody's picture is seen in their own place."""
    start = time.monotonic()
    while (shown := await page.evaluate(SHOWN, COLOURS)) != names:
        state = await page.evaluate("[document.getElementById('film-time').textContent,"
            " [...document.querySelectorAll('.film-person video')].map(v => [v.currentTime, v.readyState, v.hidden])]")  # fmt: skip
        assert time.monotonic() - start < within, (shown, state)
        await asyncio.sleep(0.1)
