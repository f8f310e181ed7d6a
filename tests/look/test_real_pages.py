"""Every page of the real application, in a real Chromium: opens, accessible, no sideways scroll, nothing against the CSP."""

from pathlib import Path

import pytest
from playwright.async_api import BrowserContext

from tests.look.browsing import findings
from tests.look.real_pages import PAGES, PHONE, site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_ENGLISH = {"link", "device", "room", "case", "session", "booking", "room-desk", "running", "journal", "archive"}


async def test_every_page(chromium_path: str, tmp_path: Path) -> None:
    wrong: list[str] = []
    windows: dict[tuple[str, str], BrowserContext] = {}  # one for each reader, who has style sheets and scripts already
    async with site(chromium_path, tmp_path) as shown:
        for name, (who, path) in PAGES.items():
            for lang in ("zh", "en") if name in _ENGLISH else ("zh",):
                if (who, lang) not in windows:
                    windows[who, lang] = await shown.window(who, 390, 844, lang)
                page = await windows[who, lang].new_page()
                said: list[str] = []
                page.on(
                    "console", lambda message, said=said: said.append(message.text) if message.type == "error" else None
                )
                page.on("pageerror", lambda error, said=said: said.append(str(error)))
                answer = await page.goto(shown.address(path))
                status = answer.status if answer else 0
                if status != (404 if name == "not-found" else 200):
                    wrong.append(f"{name} {lang}: status {status}")
                for width in (1440, 360, 320):
                    await page.set_viewport_size({"width": width, "height": 844})
                    if wide := await page.evaluate(_TOO_WIDE):
                        wrong.append(f"{name} {lang}: {wide} pixels too wide at {width}")
                await page.set_viewport_size({"width": 390 if name in PHONE else 1440, "height": 844})
                wrong += [f"{name} {lang}: {line}" for line in await findings(page)]
                wrong += [f"{name} {lang}: {text}" for text in said if "404" not in text]
                await page.close()
    assert wrong == []
