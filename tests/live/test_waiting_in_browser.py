"""What somebody reads in the waiting room: the truth about the time, in a real browser."""

from pathlib import Path
from typing import Any

import pytest

from mediation.invitations.consents import TEXT_VERSION, give_consent
from tests.look.real_pages import site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# The heading that `showWaiting` writes for a snapshot, so many minutes after the time that was booked.
HEADING = """async ([session, host, minutes]) => {
    const { showWaiting } = await import("/static/js/live/waiting.js");
    const starts = new Date("2026-03-02T02:00:00Z");
    const you = { arrived_at: starts.toISOString(), since: starts.toISOString(), verified: false };
    const booked = { state: "booked", paused: false, next_at: null, starts_at: starts.toISOString(), ...session };
    showWaiting({ you, session: booked, host: { called: "潘调解员", where: "elsewhere", ...host } }, +starts + minutes * 60_000);
    return document.getElementById("waiting-title").textContent;
}"""
TEXTS: list[tuple[dict[str, Any], dict[str, str], int, str]] = [
    ({}, {}, -20, "您到了。上午 10:00 开始。"),
    ({}, {}, 0, "过几分钟就开始"),
    ({}, {}, 10, "过几分钟就开始"),
    ({}, {}, 11, "今天晚了，已经过了 11 分钟"),
    ({}, {"where": "reconnecting"}, 95, "今天晚了，已经过了 95 分钟"),
    ({"state": "live"}, {}, 30, "还没有轮到您，请稍等"),
    ({"state": "live"}, {"where": "with_other_side"}, 30, "潘调解员正在和另一方单独谈"),
    ({"state": "live", "paused": True}, {"where": "with_other_side"}, 30, "现在休息一会儿"),
    ({"state": "live"}, {"where": "lost"}, 30, "潘调解员掉线了。您已回到自己的等候室。"),
]


async def test_honest_texts(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        mother = shown.story.mother.actor()
        await shown.database.write(lambda db: give_consent(db, mother, True, TEXT_VERSION))
        context = await shown.browser.new_context(timezone_id="Asia/Shanghai")
        await context.add_cookies(await (await shown.window("mother", 390, 844)).cookies())
        page = await context.new_page()
        await page.goto(shown.address("/i/{invitation}/room"))
        told = [await page.evaluate(HEADING, [session, host, minutes]) for session, host, minutes, _ in TEXTS]
        assert told == [text for *_, text in TEXTS]
