"""A real browser that looks at the gallery, with touch and a fine pointer, and keeps what its console complains about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.look.gallery import CHROMIUM, gallery
from tests.services.programs import missing

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class Gallery:
    """The served gallery and the browser."""

    server: TestServer
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    _windows: dict[tuple[bool, bool, bool], BrowserContext] = field(default_factory=dict)

    async def open(self, name: str, width: int, height: int, *, touch: bool = False, elder: bool = False) -> Page:
        """The page `name` in a new tab; its console's errors (the CSP's among them) go to `complaints`."""
        kind = touch, elder, name.endswith("_en")
        if kind not in self._windows:
            self._windows[kind] = await self._window(*kind)
        page = await self._windows[kind].new_page()
        await page.set_viewport_size({"width": width, "height": height})
        page.on("pageerror", lambda error: self.complaints.append(f"{name}: {error}"))
        page.on("console", lambda said: said.type == "error" and self.complaints.append(f"{name}: {said.text}"))
        await page.goto(str(self.server.make_url(f"/pages/{name}")))
        return page

    async def _window(self, touch: bool, elder: bool, english: bool) -> BrowserContext:
        context = await self.browser.new_context(has_touch=touch)
        cookies = [("elder", "1")] if elder else []
        cookies += [("lang", "en")] if english else []
        home = str(self.server.make_url("/"))
        await context.add_cookies([{"name": key, "value": value, "url": home} for key, value in cookies])
        return context

    async def forget(self) -> None:
        """Close what was opened, with what its pages keep."""
        for context in self._windows.values():
            await context.close()
        self._windows.clear()
        self.complaints.clear()


@asynccontextmanager
async def browsing(chromium_path: str) -> AsyncIterator[Gallery]:
    """The gallery in a headless Chromium, both ended afterwards."""
    async with TestServer(gallery()) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM)
        try:
            yield Gallery(server, browser)
        finally:
            await browser.close()


async def findings(page: Page) -> list[str]:
    """What axe has to say about the page by WCAG 2.2 A and AA: rule and place, a line each."""
    if not AXE.exists():
        missing("axe-core")
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    violations = await page.evaluate(
        "(tags) => axe.run({runOnly: tags, resultTypes: ['violations']}).then((found) => found.violations)", _RULES
    )
    return [f"{rule['id']}: {node['html'][:120]}" for rule in violations for node in rule["nodes"]]
