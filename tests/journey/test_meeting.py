"""Four people in real browsers, each with their own colour and tone: the right one arrives, and only theirs."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from tests.journey.moves import all_together, arrive, bring_together, open_desk, open_link, press, waiting_room
from tests.journey.play import Play, until_hear_line, until_heard, until_moving, until_seen

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SOON = 10.0  # the promise is two seconds; a busy test machine gets slack
PARTED = 25.0  # the promise is ten seconds
BACK = 30.0  # the promise is ten seconds


async def test_main_room_caucus_recall_judge(play: Play) -> None:
    desk, mother, father = await all_together(play)
    await until_heard(desk, "mother", "father")
    await until_heard(mother, "mediator", "father")
    await until_heard(father, "mediator", "mother")
    await until_hear_line(mother, "2 个人能听到您", "潘调解员", "林先生")

    await desk.get_by_role("button", name="只和申请人谈").click()
    await until_seen(father, within=SOON)
    await until_heard(father)
    await until_seen(desk, "mother", within=SOON)
    await until_heard(desk, "mother")
    await until_heard(mother, "mediator")
    await until_hear_line(mother, "只有潘调解员能听到您")
    await until_hear_line(father, "现在没有人能看到您、听到您")
    await father.get_by_role("heading", name="潘调解员正在和另一方单独谈").wait_for()

    await bring_together(desk)
    await until_seen(father, "mediator", "mother", within=SOON)
    await until_heard(father, "mediator", "mother")
    await until_heard(mother, "mediator", "father")

    await desk.get_by_role("button", name="请教法官").click()
    await desk.fill("#question", "抚养费能不能抵路费？")
    await desk.get_by_role("button", name="请法官来").click()
    judge = await play.log_in("judge", "judge")
    await judge.goto(f"{play.station.url}/consultations")
    assert "抚养费能不能抵路费？" in await judge.inner_text("main")
    await judge.get_by_role("button", name="马上进去").click()
    await judge.wait_for_url("**/room")
    await until_seen(judge)
    await desk.get_by_role("button", name="和法官谈").click()
    await until_seen(judge, "mediator", within=SOON)
    await until_seen(mother, within=SOON)
    await until_seen(father, within=SOON)
    await until_heard(judge, "mediator")
    await until_heard(desk, "judge")
    await until_heard(mother)
    await until_hear_line(judge, "只有潘调解员能听到您")
    await desk.get_by_role("button", name="加申请人").click()
    await until_seen(judge, "mediator", "mother", within=SOON)
    await until_seen(father, within=SOON)
    await until_heard(mother, "judge", "mediator")
    await desk.get_by_role("button", name="加被申请人").click()
    await until_seen(father, "mediator", "mother", "judge", within=SOON)

    await bring_together(desk)
    await until_seen(mother, "mediator", "father", "judge")
    await until_heard(mother, "mediator", "father", "judge")
    await judge.goto(f"{play.station.url}/consultations")
    await judge.fill("textarea", "抚养费和探望是两回事，路费可以另外约定。")
    await judge.get_by_role("button", name="存进案卷").click()
    await desk.goto(f"{play.station.url}/cases/{play.demo['session']['case_id']}")
    assert "抚养费和探望是两回事" in await desk.inner_text("main")


async def test_a_frozen_mediator_parts_everybody_and_resumes_by_a_click(play: Play) -> None:
    desk, mother, father = await all_together(play)
    frozen = _processes_of(play, "mediator")
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        start = time.monotonic()
        await until_seen(mother, within=PARTED)
        await until_seen(father, within=PARTED - (time.monotonic() - start))
        await until_heard(mother)
        await until_hear_line(mother, "潘调解员掉线了", "没有人能听到您")
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    await desk.wait_for_selector("#lost-line:not([hidden])")
    await until_seen(mother)  # nothing resumes without the click
    await desk.click("#resume")
    await until_seen(mother, "mediator", "father")
    await until_heard(father, "mediator", "mother")


async def test_people_are_back_by_themselves_after_the_server_was_killed(play: Play) -> None:
    desk, mother, father = await all_together(play)
    for name in ("mother", "father", "mediator"):
        await play.pages[name].evaluate("window.sameDocument = true")
    await play.kill_and_restart()
    start = time.monotonic()
    await until_moving(mother, "mediator", "father", within=BACK)
    await until_moving(father, "mediator", "mother", within=BACK)
    await until_moving(desk, "mother", "father", within=BACK)
    assert time.monotonic() - start < BACK
    await until_heard(mother, "mediator", "father")
    assert all([await page.evaluate("window.sameDocument === true") for page in (desk, mother, father)])


async def test_a_second_tab_takes_the_seat_and_the_first_says_so(play: Play) -> None:
    mother = await arrive(play, "mother")
    second = await mother.context.new_page()
    await second.goto(mother.url)
    await (
        second.get_by_role("heading", name="等候室").or_(second.get_by_role("heading", name="您到了")).first.wait_for()
    )
    await mother.get_by_role("heading", name="您在另一个窗口里参加着").wait_for()


async def test_somebody_taken_out_is_out_within_a_second_and_the_link_is_dead(play: Play) -> None:
    desk, mother, father = await all_together(play)
    row = desk.locator("li", has_text="林先生").first
    await row.locator("summary").click()
    await row.get_by_role("button", name="请出去").click()
    await desk.locator("dialog[open]").get_by_role("button", name="请出去").click()
    await father.get_by_role("heading", name="您已经不在这次调解里").wait_for(
        timeout=10_000
    )  # the promise is one second; a busy test machine gets slack
    await until_seen(mother, "mediator", within=SOON)
    await father.goto(play.link("respondent"))
    await father.reload()
    await father.get_by_role("heading", name="您不用参加了").wait_for()
    await father.context.clear_cookies()
    await father.reload()
    await father.get_by_role("button", name="打开").click()
    await father.get_by_text("这一次不再请您参加").first.wait_for()


async def test_nobody_without_camera_or_microphone_is_kept_out(play: Play) -> None:
    desk = await open_desk(play)
    play.clips = {name: clip for name, clip in play.clips.items() if name != "mother"}
    mother = await open_link(play, "mother")
    await press(mother, "I will join")
    await press(mother, "I agree")
    await press(mother, "Try the phone and come in")
    for step in ("camera", "microphone"):
        await mother.locator(f"[data-step={step}] [data-trouble]:not([hidden])").wait_for()
        await mother.click(f"[data-step={step}] [data-without]")
        if step == "camera":
            await mother.click("[data-step=loudspeaker] [data-yes]")
    await mother.click("[data-step=connection] [data-yes]")
    await mother.wait_for_url("**/room")
    await waiting_room(desk, "mother").get_by_role("button", name="进去看看").click()
    await until_seen(mother, "mediator")
    await until_heard(mother, "mediator")
    await until_hear_line(mother, "现在没有人能看到您、听到您")


def _processes_of(play: Play, name: str) -> list[int]:
    """The process ids of this person's browser, found by their own clip."""
    mark = str(play.clips[name].camera).encode()
    found = []
    for commandline in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # ended meanwhile
            if mark in commandline.read_bytes():
                found.append(int(commandline.parent.name))
    return found
