"""What one page does with its own devices and with a changing network; the others are scripted."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page, Playwright

from signaling.media.engine import EngineRestarted, PeerGone, PeerSilent
from signaling.media.sfu import EmbeddedEngine
from tests.browser.people import person_page
from tests.clips import Clip
from tests.media.scripted_client import ScriptedClient
from tests.media.scripted_media import Player, record
from tests.media.seeing import moves, until_heard, until_seen
from tests.media.stage import Stage
from tests.media.waiting import slack, until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
SMALL = (320, 240)
CREDENTIALS = "stage.connection().remoteDescription.sdp.match(/ice-ufrag:(\\w+)/)[1]"


async def scripted(stage: Stage[EmbeddedEngine], name: str, receive: int = 1) -> ScriptedClient:
    async def answer(offer: str) -> str:
        return await stage.engine.answer(stage.room, name, offer)

    client = ScriptedClient(name, answer)
    await client.join(receive)
    return client


@pytest.fixture
async def judge(stage: Stage[EmbeddedEngine]) -> AsyncIterator[ScriptedClient]:
    """A scripted judge with a real picture and voice, who receives and is received by the mother."""
    await stage.together("judge", "mother")
    client = await scripted(stage, "judge", receive=2)
    player = Player(client, record("judge", SMALL))
    yield client
    player.stop()
    await client.close()


@pytest.fixture
async def mother(stage: Stage[EmbeddedEngine], playwright: Playwright, clips: dict[str, Clip]) -> AsyncIterator[Page]:
    async with AsyncExitStack() as stack:
        page = await stack.enter_async_context(person_page(playwright, clips["mother"]))
        await page.goto(f"{stage.url}?me=mother")
        yield page


def arriving(client: ScriptedClient, kind: str) -> int:
    return sum(item.kind == kind for item in client.received)


async def comes(client: ScriptedClient, kind: str) -> None:
    before = arriving(client, kind)
    await until(lambda: arriving(client, kind) > before + 3)


async def stops(client: ScriptedClient, kind: str) -> None:
    quiet, start = False, time.monotonic()
    while not quiet:  # what was on its way may still come
        assert time.monotonic() - start < 3 * slack(), kind
        before = arriving(client, kind)
        await asyncio.sleep(0.6)
        quiet = arriving(client, kind) == before


async def test_without_camera_and_microphone_one_sees_and_hears(
    stage: Stage[EmbeddedEngine], playwright: Playwright, judge: ScriptedClient
) -> None:
    async with person_page(playwright, None) as page:
        await page.goto(f"{stage.url}?me=mother")
        await until_seen(page, "judge")
        await until_heard(page, "judge")
        errors = await page.evaluate("stage.errors")
        assert errors["audio"] in ("NotFoundError", "NotAllowedError")
        assert errors["video"] in ("NotFoundError", "NotAllowedError")
        assert await page.evaluate("[call.isMuted('audio'), call.isMuted('video')]") == [True, True]
    assert judge.received == []


async def test_who_neither_sends_nor_hears_is_not_taken_for_cut_off(
    stage: Stage[EmbeddedEngine], playwright: Playwright
) -> None:
    """Nothing arrives but the server's reports; a page that expected more would look for its way again and again."""
    await stage.seat({"mother": []})
    async with person_page(playwright, None) as page:
        await page.goto(f"{stage.url}?me=mother")
        await page.wait_for_function("call.state === 'connected'")
        before = await page.evaluate(CREDENTIALS)
        await asyncio.sleep(6)
        assert await page.evaluate(CREDENTIALS) == before


async def test_camera_off_releases_it_and_on_shows_again(judge: ScriptedClient, mother: Page) -> None:
    await comes(judge, "video")
    assert await mother.evaluate("call.setMuted('video', true)") is None
    assert await mother.evaluate("call.localStream.getVideoTracks().length") == 0
    await stops(judge, "video")
    await comes(judge, "audio")
    assert await mother.evaluate("call.setMuted('video', false)") is None
    await comes(judge, "video")


async def test_microphone_off_sends_silence(judge: ScriptedClient, mother: Page) -> None:
    await comes(judge, "audio")
    judge.received.clear()
    await until(lambda: any(level < 60 for level in levels(judge)))
    await mother.evaluate("call.setMuted('audio', true)")
    start = time.monotonic()
    while True:  # what was on its way may still come
        judge.received.clear()
        await comes(judge, "audio")
        if set(levels(judge)) == {127}:
            return
        assert time.monotonic() - start < 3 * slack()


def levels(client: ScriptedClient) -> list[int]:
    """How loud the packets say that they are, 127 for silence (RFC 6464)."""
    return [item.extensions[1][0] & 0x7F for item in client.received if item.kind == "audio"]


async def test_a_screen_is_a_second_picture(stage: Stage[EmbeddedEngine], judge: ScriptedClient, mother: Page) -> None:
    await comes(judge, "video")
    await mother.evaluate(
        """async () => {
            const canvas = Object.assign(document.createElement('canvas'), {width: 640, height: 360});
            const paint = canvas.getContext('2d');
            setInterval(() => { paint.fillStyle = `rgb(${Date.now() % 255},9,9)`; paint.fillRect(0, 0, 640, 360); }, 99);
            navigator.mediaDevices.getDisplayMedia = async () => canvas.captureStream(10);
            await call.shareScreen();
        }"""
    )
    for _ in range(20):
        await judge.negotiate()
        if "a=msid:mother screen" in judge.answer_text:
            break
        await asyncio.sleep(0.1)
    await comes(judge, "screen")
    await comes(judge, "video")
    await mother.evaluate("call.stopScreen()")
    await stops(judge, "screen")


async def test_an_ice_restart_keeps_the_connection(
    stage: Stage[EmbeddedEngine], judge: ScriptedClient, mother: Page
) -> None:
    await until_seen(mother, "judge")
    await comes(judge, "video")
    number = await mother.evaluate("stage.connection().remoteDescription.sdp.split(' ')[1]")
    before = await mother.evaluate(CREDENTIALS)
    await mother.evaluate("call.check()")
    await mother.wait_for_function(f"before => {CREDENTIALS} !== before", arg=before)
    await asyncio.sleep(1)
    assert await mother.evaluate("stage.connection().remoteDescription.sdp.split(' ')[1]") == number
    await comes(judge, "video")
    await moves(mother)
    assert not any(isinstance(event, PeerGone | PeerSilent) for event in stage.events)


async def test_silence_is_noticed_at_once(stage: Stage[EmbeddedEngine], judge: ScriptedClient, mother: Page) -> None:
    """A stopped worker stands for a way that is cut: no packet comes, and nobody says so."""
    await until_seen(mother, "judge")
    await asyncio.sleep(6)  # it takes a while to learn what is usual
    before = await mother.evaluate(CREDENTIALS)
    pid = stage.engine.workers[0].pid
    assert pid
    os.kill(pid, signal.SIGSTOP)
    try:
        await mother.wait_for_function("stage.arrivals.at(-1) === 'silence'", timeout=4000 * slack())
    finally:
        os.kill(pid, signal.SIGCONT)
    await mother.wait_for_function("stage.arrivals.at(-1) === 'again'")
    await mother.wait_for_function(f"before => {CREDENTIALS} !== before", arg=before)
    await moves(mother)


async def test_a_page_recovers_when_the_server_forgot_it(
    stage: Stage[EmbeddedEngine], judge: ScriptedClient, mother: Page
) -> None:
    """No word from the server: the page has to notice by itself."""
    await until_seen(mother, "judge")
    await stage.engine.close_peer(stage.room, "mother")
    states = ["connected", "reconnecting", "connected"]
    await mother.wait_for_function("n => stage.states.length >= n", arg=len(states), timeout=20_000)
    assert await mother.evaluate("stage.states") == states
    await until_seen(mother, "judge")
    await moves(mother)
    await comes(judge, "video")


async def test_closing_the_page_is_noticed_at_once(
    stage: Stage[EmbeddedEngine], judge: ScriptedClient, mother: Page
) -> None:
    await until_seen(mother, "judge")
    await mother.evaluate("call.close()")
    await until(lambda: PeerGone(stage.room, "mother") in stage.events, within=2)


async def test_a_check_notices_at_once_that_the_server_forgot(
    stage: Stage[EmbeddedEngine], judge: ScriptedClient, mother: Page
) -> None:
    await until_seen(mother, "judge")
    number = await mother.evaluate("stage.connection().remoteDescription.sdp.split(' ')[1]")
    pid = stage.engine.workers[0].pid
    assert pid
    os.kill(pid, signal.SIGKILL)  # no word to the page: as when the whole server was killed and is back
    stage.tells_restart = False
    await until(lambda: EngineRestarted((stage.room,)) in stage.events, within=10)
    await mother.evaluate("call.check()")
    await mother.wait_for_function(
        "number => stage.connection().remoteDescription?.sdp.split(' ')[1] !== number && call.state === 'connected'",
        arg=number,
        timeout=3000 * slack(),
    )
