"""The line "who can hear me now" for everything that a room can be in: it names more in doubt, never fewer."""

from pathlib import Path
from typing import Any

import pytest

from mediation.invitations.consents import TEXT_VERSION, give_consent
from tests.journey.moves import zh
from tests.look.real_pages import site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

# What `showHearers` writes for one hearer: the title and the detail.
LINE = """async ([devices, line, arrives, heard, you]) => {
    const { showHearers } = await import("/static/js/live/hear.js");
    const snapshot = { heard_by: heard ? [{ called: "林先生" }] : [], you: { place: "main", ...you }, host: { where: "with_you" },
        session: { state: "live", paused: false } };
    showHearers(snapshot, { microphone: false, camera: false, screen: false, ...devices }, line, arrives);
    return ["title", "detail"].map((name) => document.querySelector(`[data-hear-${name}]`).textContent);
}"""
ON = {"microphone": True, "camera": True}
SCREEN = {"screen": True}
NOBODY, UNHEARD = zh("Nobody can see or hear you now"), zh("Nobody can hear you now")
CUT = zh("The line is cut. Nobody can hear you.")
MAYBE = zh("The line is cut. Others may still see and hear you.")
LINES: list[tuple[dict[str, bool], bool, bool, bool, dict[str, bool], str, str]] = [
    (ON, True, True, True, {}, "只有林先生能听到您", zh("Nobody else hears or sees you.")),
    (ON, True, True, True, {"muted": True}, UNHEARD, "林先生能看到您。"),
    ({"camera": True}, True, True, True, {}, UNHEARD, "林先生能看到您。"),
    (SCREEN, True, True, True, {}, UNHEARD, "林先生能看到您的屏幕。"),
    (SCREEN | {"microphone": True}, True, True, True, {"muted": True}, UNHEARD, "林先生能看到您的屏幕。"),
    ({}, True, True, True, {}, NOBODY, "话筒和镜头都关着。打开后林先生能听到您。"),
    (ON, True, True, False, {}, NOBODY, zh("You are alone for the moment.")),
    (ON, False, True, True, {}, MAYBE, zh("Reconnecting by itself. Please don't close this page.")),
    (SCREEN, False, True, False, {}, MAYBE, zh("Reconnecting by itself. Please don't close this page.")),
    (ON, False, False, True, {}, CUT, zh("Reconnecting by itself. Please don't close this page.")),
    ({}, False, True, True, {}, CUT, zh("Reconnecting by itself. Please don't close this page.")),
]


async def test_every_line_is_true(chromium_path: str, tmp_path: Path) -> None:
    async with site(chromium_path, tmp_path) as shown:
        mother = shown.story.mother.actor()
        await shown.database.write(lambda db: give_consent(db, mother, True, TEXT_VERSION))
        page = await (await shown.window("mother", 390, 844)).new_page()
        await page.goto(shown.address("/i/{invitation}/room"))
        asked: list[Any] = [[*each[:5]] for each in LINES]
        assert [await page.evaluate(LINE, each) for each in asked] == [list(each[5:]) for each in LINES]
