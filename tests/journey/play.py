"""A running workstation with its demo, and its people each in a browser process of their own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Playwright

from tests.browser.people import person_page
from tests.clips import LOOKS, Clip
from tests.services.workstation import Workstation, start_workstation

COLOURS = {name: {"colour": colour} for name, (colour, _) in LOOKS.items()}
TONES = {name: tone for name, (_, tone) in LOOKS.items()}
# The faces of other people that a page shows now, by colour; hidden pages and one's own mirror don't count.
SEEN = """looks => [...document.querySelectorAll('#tiles .tile:not([data-own]) video')]
    .filter(video => video.offsetParent && getComputedStyle(video).visibility === 'visible')
    .map(video => probes.nameByColour(probes.colour(video), looks)).filter(Boolean).sort()"""
# Of these the ones that a new picture comes for: the last one before a cut stays on the screen for a while.
MOVING = """async looks => (await Promise.all([...document.querySelectorAll('#tiles .tile:not([data-own]) video')]
    .filter(video => video.offsetParent && getComputedStyle(video).visibility === 'visible')
    .map(video => Promise.race([
        new Promise(came => video.requestVideoFrameCallback(() => came(video))),
        new Promise(late => setTimeout(late, 1000)),
    ]))))
    .map(video => video && probes.nameByColour(probes.colour(video), looks)).filter(Boolean).sort()"""
# Settings that a server started again has from the one before.
KEPT = ("PORT", "MEDIA_PORT", "DATA_DIR", "RECORDING", "MEDIATOR_GRACE_SECONDS", "PYTHONPATH")
HEARD = "tones => probes.voices(probes.playing(), tones)"


@dataclass
class Play:
    """The stage: who is where is told by `demo --json`; pages are opened by name.

    `programs` start somebody's browser in a way of its own, all of them with these `flags` more.
    """

    station: Workstation
    data: Path
    playwright: Playwright
    clips: dict[str, Clip]
    stack: AsyncExitStack
    pages: dict[str, Page] = field(default_factory=dict)
    demo: dict[str, Any] = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)

    def read_demo(self) -> None:
        """Ask the program what the demo holds."""
        environment = {**os.environ, "DATA_DIR": str(self.data), "PUBLIC_URL": self.station.url, "DEMO": "yes"}
        command = [sys.executable, "-m", "mediation", "demo", "--json"]
        self.demo = json.loads(subprocess.check_output(command, env=environment, stdin=subprocess.DEVNULL))

    async def kill_and_restart(self) -> None:
        """`kill -9` of the server, as a power cut would; then the same data and the same ports again."""
        environment = dict(
            entry.split("=", 1)
            for entry in Path(f"/proc/{self.station.process.pid}/environ").read_text().split("\0")
            if entry.split("=", 1)[0] in KEPT
        )
        os.kill(self.station.process.pid, signal.SIGKILL)
        self.station.process.wait()
        command = [sys.executable, "-m", "mediation", "serve"]
        again = await asyncio.to_thread(start_workstation, command, self.station.log.parent, environment, 60)
        # The fixture ends whatever process this object names.
        self.station.process = again.process

    def link(self, role: str) -> str:
        """The join link of the participant with this role."""
        links: dict[str, str] = {each["role"]: each["link"] for each in self.demo["session"]["participants"]}
        return links[role]

    async def page(self, name: str, size: tuple[int, int] = (390, 844)) -> Page:
        """This person's page, in a browser of their own with their own camera and voice."""
        if name not in self.pages:
            browser = person_page(self.playwright, self.clips.get(name), self.programs.get(name), self.flags)
            page = await self.stack.enter_async_context(browser)
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            page.set_default_timeout(30_000)
            self.pages[name] = page
        return self.pages[name]

    async def log_in(self, name: str, role: str) -> Page:
        """This member of staff, logged in, on a desk."""
        page = await self.page(name, (1440, 900))
        login = self.demo["staff"][role]
        await page.goto(f"{self.station.url}/login")
        await page.fill("[name=username]", login["username"])
        await page.fill("[name=password]", login["password"])
        await page.click("form[action='/login'] button, main form button")
        await page.wait_for_url(lambda url: "/login" not in url)
        return page


async def seen(page: Page) -> list[str]:
    """Whose faces the page shows."""
    found: list[str] = await page.evaluate(SEEN, COLOURS)
    return found


async def heard(page: Page, ms: int = 900) -> list[str]:
    """Whose tones the page plays."""
    found: list[str] = await page.evaluate(
        f"([tones, ms]) => ({HEARD.replace(', tones)', ', tones, ms)')})(tones)", [TONES, ms]
    )
    return found


async def until_seen(page: Page, *names: str, within: float = 20.0) -> float:
    """Wait until exactly these faces are seen; the seconds it took."""
    start = time.monotonic()
    while (now := await seen(page)) != sorted(names):
        assert time.monotonic() - start < within, f"seen {now}, expected {sorted(names)}"
        await asyncio.sleep(0.1)
    return time.monotonic() - start


async def until_moving(page: Page, *names: str, within: float = 20.0) -> None:
    """Wait until exactly these faces are seen, each with a picture that came after the question."""
    start = time.monotonic()
    while (now := await page.evaluate(MOVING, COLOURS)) != sorted(names):
        assert time.monotonic() - start < within, f"moving {now}, expected {sorted(names)}"


async def until_heard(page: Page, *names: str, within: float = 20.0) -> None:
    """Wait until exactly these voices are heard."""
    start = time.monotonic()
    while (now := await page.evaluate(HEARD, TONES)) != sorted(names):
        assert time.monotonic() - start < within, f"heard {now}, expected {sorted(names)}"


async def until_hear_line(page: Page, *parts: str, within: float = 15.0) -> str:
    """Wait until the line "who can hear me now" contains these parts."""
    start = time.monotonic()
    now = await page.inner_text("#hear")
    while not all(part in now for part in parts):
        assert time.monotonic() - start < within, f"the line says {now!r}, expected {parts}"
        await asyncio.sleep(0.1)
        now = await page.inner_text("#hear")
    return now
