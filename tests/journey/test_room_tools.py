"""What people can do in a room, seen from the other pages: write, mute, pause, ask, share a screen, go in a hurry."""

from __future__ import annotations

import json
import re

import pytest

from tests.journey.looks import looks_right
from tests.journey.moves import all_together, arrive, bring_together, open_desk, waiting_room, zh
from tests.journey.play import Play, until_hear_line, until_heard, until_seen
from tests.media.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


# The network swallows what this browser signals, and nothing else.
UNSENT_SIGNALS = """() => {
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (frame) { if (!String(frame).includes('"signal"')) send.call(this, frame); };
    window.restoreSending = () => { WebSocket.prototype.send = send; };
}"""
# The same for all that it sends over its socket, so that the socket is given up; media take another way.
UNSENT = """() => {
    const send = WebSocket.prototype.send, mute = new Set();
    WebSocket.prototype.send = function () { mute.add(this); };
    window.restoreSending = () => { WebSocket.prototype.send = send; for (const socket of mute) socket.close(); };
}"""


async def test_writing_muting_pausing_and_screens(play: Play) -> None:
    desk, mother, father = await all_together(play)

    await mother.click("#more")
    await mother.fill("#room-form input", "接送的时间我可以早一点。")
    await mother.click("#room-form button")
    await mother.locator("#room-lines .mine", has_text="早一点").wait_for()
    # Whoever has the lines folded away is told of it.
    await desk.locator("#message-line", has_text="早一点").wait_for()
    await desk.click("#message-answer")
    await desk.locator("#message-line").wait_for(state="hidden")
    await father.locator("#more", has_text="1 条新的").wait_for()
    await father.click("#more")
    await father.locator("#more", has_text=zh("Write")).wait_for()
    await father.locator("#room-lines .theirs", has_text="早一点").wait_for()
    for page in (mother, father):
        await page.click("#chat-sheet [data-cancel]")

    await mother.click("#more")
    await mother.click("#hand")
    await desk.locator("li", has_text="王女士").locator(".tag", has_text="举手").wait_for()
    await mother.click("#chat-sheet [data-cancel]")

    row = desk.locator("li", has_text="林先生").first
    await row.locator("summary").click()
    await row.get_by_role("button", name="关这位的话筒").click()
    await until_heard(mother, "mediator")
    await until_hear_line(father, "现在没有人能听到您")
    row = desk.locator("li", has_text="林先生").first
    if await row.locator("details").get_attribute("open") is None:
        await row.locator("summary").click()
    await row.get_by_role("button", name="开这位的话筒").click()
    await until_heard(mother, "mediator", "father")

    await desk.click("#pause")
    await until_heard(mother)
    await until_hear_line(mother, "现在没有人能看到您、听到您", "现在休息一会儿")
    await until_hear_line(desk, "现在没有人能看到您、听到您", zh("There is a break. “Go on” ends it."))
    others = mother.locator("#tiles .tile:not([data-own]) [data-note]")
    assert await others.all_inner_texts() == [zh("Break")] * 2  # nobody is shown as if they went on speaking
    await looks_right(mother)
    await desk.click("#pause")
    await until_heard(mother, "mediator", "father")

    # What was written in the main room is not read in a caucus, and the other way round.
    await desk.get_by_role("button", name="只和申请人谈").click()
    await until_seen(mother, "mediator")
    await mother.click("#more")
    assert "早一点" not in await mother.inner_text("#room-lines")
    await mother.fill("#room-form input", "这句不要告诉他。")
    await mother.click("#room-form button")
    await mother.locator("#room-lines .mine", has_text="不要告诉他").wait_for()
    await mother.click("#chat-sheet [data-cancel]")
    await bring_together(desk)
    await until_seen(father, "mediator", "mother")
    for page in (mother, father):
        assert "不要告诉他" not in await page.inner_text("body")

    await mother.evaluate(UNSENT)
    await until_hear_line(mother, zh("The line is cut. Others may still see and hear you."))
    await until_heard(father, "mediator", "mother")
    await mother.evaluate("restoreSending()")
    await until_hear_line(mother, "现在 2 个人能听到您")

    assert await mother.locator("#screen").is_hidden()
    row = desk.locator("li", has_text="王女士").first
    await row.locator("summary").click()
    await row.get_by_role("button", name="可以给大家看屏幕").click()
    await mother.click("#more")
    await mother.click("#screen")
    await desk.locator("#tiles .tile", has_text="王女士的屏幕").wait_for()
    await father.locator("#tiles .tile", has_text="王女士的屏幕").wait_for()

    # How large everybody is shown is told to the server, which sends no larger picture than that.
    told: list[dict[str, int]] = []
    father.on("websocket", lambda socket: socket.on("framesent", lambda frame: told.extend(preferred(frame))))
    await father.reload()
    await until(lambda: bool(told) and len(told[-1]) == 2, within=30)
    assert all(80 < pixels < 600 for pixels in told[-1].values()), "a face on a phone"
    await father.set_viewport_size({"width": 1400, "height": 900})
    await until(lambda: max(told[-1].values()) > 600, within=20)


def preferred(frame: str | bytes) -> list[dict[str, int]]:
    """The sizes in a socket frame that tells them."""
    found = re.search(r'"prefer",(\{"pixels":.*\})\]$', frame) if isinstance(frame, str) else None
    return [json.loads(found[1])["pixels"]] if found else []


async def test_a_quiet_call_for_help_and_a_quick_exit(play: Play) -> None:
    mother = await arrive(play, "mother")
    desk = await open_desk(play)
    before = await mother.inner_text("main#waiting")
    await mother.get_by_role("button", name="旁边有人").click()
    await waiting_room(desk, "mother").locator(".tag", has_text="旁边有人").wait_for()
    assert await mother.inner_text("main#waiting") == before  # whoever stands beside reads nothing new
    await mother.fill("#waiting-box", "我想先单独和您说几句。")
    await mother.click("#waiting-form button")
    await desk.locator("#message-line", has_text="我想先单独和您说几句").wait_for()
    await desk.click("#message-answer")
    await desk.fill("#room-form input", "好的，马上来。")
    await desk.click("#room-form button")
    await mother.locator("#waiting-lines", has_text="马上来").wait_for()

    # What did not go out is not said to be known.
    help_button = mother.locator("[data-signal=help]:visible")
    await mother.evaluate(UNSENT_SIGNALS)
    await help_button.click()
    await mother.locator("#trouble-line", has_text=zh("Not sent. Please try again.")).wait_for()
    assert await help_button.inner_text() == zh("I need help")
    await mother.evaluate("restoreSending()")
    await help_button.click()
    await mother.locator("[data-signal=help]:visible", has_text=zh("The mediator knows")).wait_for()
    await mother.locator("#trouble-line").wait_for(state="hidden")
    await waiting_room(desk, "mother").locator(".tag", has_text=zh("needs help")).wait_for()

    await mother.route("https://www.weather.com.cn/**", lambda route: route.fulfill(body="晴"))
    await mother.click("[data-quick-exit]")
    await mother.wait_for_url("https://www.weather.com.cn/**")
    await desk.locator("section.place", has_text="还没来").locator("li", has_text="王女士").wait_for()
