"""The pages of the real application with the story told: who opens which.

`python -m tests.look.real_pages FOLDER [WIDTH HEIGHT LANG]` writes a screenshot of each into FOLDER.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, BrowserContext, async_playwright

from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from tests.look.gallery import CHROMIUM
from tests.story import Story, tell

# Who opens it (an attribute of the story, or nobody) and the address, in which the story's ids are filled.
PAGES = {
    "login": ("", "/login"),
    "not-found": ("", "/nothing-here"),
    "day": ("mediator", "/day"),
    "running": ("worker", "/running"),
    "cases": ("mediator", "/cases"),
    "case-new": ("mediator", "/cases/new"),
    "case": ("mediator", "/cases/{case}"),
    "case-timeline": ("mediator", "/cases/{case}/timeline"),
    "case-edit": ("mediator", "/cases/{case}/edit"),
    "party-new": ("mediator", "/cases/{case}/parties/new"),
    "booking": ("mediator", "/cases/{case}/sessions/new"),
    "session": ("mediator", "/sessions/{session}"),
    "room-desk": ("mediator", "/sessions/{session}/room"),
    "minutes": ("mediator", "/sessions/{session}/minutes"),
    "close": ("mediator", "/sessions/{session}/close"),
    "agreement-desk": ("mediator", "/cases/{case}/agreement"),
    "people": ("worker", "/people"),
    "person-new": ("worker", "/people/new"),
    "person": ("worker", "/people/{person}"),
    "person-edit": ("worker", "/people/{person}/edit"),
    "consultations": ("judge", "/consultations"),
    "archive": ("archivist", "/archive"),
    "staff": ("admin", "/staff"),
    "staff-new": ("admin", "/staff/new"),
    "staff-one": ("admin", "/staff/{staff}"),
    "messages": ("admin", "/messages"),
    "mailbox": ("admin", "/mailbox"),
    "journal": ("admin", "/journal"),
    "password": ("mediator", "/password"),
    "link": ("mother", "/i/{invitation}"),
    "device": ("mother", "/i/{invitation}/device"),
    "room": ("mother", "/i/{invitation}/room"),
    "agreement": ("mother", "/i/{invitation}/agreement"),
}
PHONE = {"link", "device", "room", "agreement"}


@dataclass
class Site:
    """The running application and a browser that can be anybody of the story."""

    server: TestServer
    database: Database
    story: Story
    browser: Browser

    def address(self, path: str) -> str:
        """The whole address of a path of PAGES."""
        story = self.story
        ids = {
            "case": story.case.id,
            "session": story.session.id,
            "person": story.mother.person.id,
            "staff": story.worker.staff.id,
            "invitation": story.mother.invitation.id,
        }
        return str(self.server.make_url(path.format(**ids)))

    async def window(self, who: str, width: int, height: int, lang: str = "zh") -> BrowserContext:
        """A new browser window in which this person of the story is known to the server."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": height}, permissions=["camera", "microphone"]
        )
        cookies = {"lang": lang}
        if who in {"mother", "father"}:
            name, value = await self.story.redeem(self.database, getattr(self.story, who))
            cookies[name] = value
        elif who:
            cookies["login"] = await self.story.log_in(self.database, getattr(self.story, who))
        home = str(self.server.make_url("/"))
        await context.add_cookies([{"name": name, "value": value, "url": home} for name, value in cookies.items()])
        return context


@asynccontextmanager
async def site(chromium_path: str, folder: Path) -> AsyncIterator[Site]:
    """The application with its data in `folder`, served on loopback, and a headless browser."""
    settings = Settings(data_dir=folder, port=0, media_port=0, public_url="http://127.0.0.1:8080")
    database = Database(settings.database, settings.keys)
    await database.create_tables()
    story = await tell(database)
    async with TestServer(create_app(settings, database=database)) as server, async_playwright() as playwright:
        args = [*CHROMIUM, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=args)
        try:
            yield Site(server, database, story, browser)
        finally:
            await browser.close()
    await database.close()


async def _pictures(folder: Path, size: tuple[int, int] | None, lang: str, names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as data:
        async with site("/usr/bin/chromium", Path(data)) as shown:
            for name in names:
                who, path = PAGES[name]
                width, height = size or ((390, 844) if name in PHONE else (1440, 900))
                context = await shown.window(who, width, height, lang)
                page = await context.new_page()
                answer = await page.goto(shown.address(path))
                await page.wait_for_timeout(300)
                await page.screenshot(path=folder / f"{name}.png")
                wide = await page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                )
                sys.stdout.write(f"{name} {answer.status if answer else ''} too wide by {wide}\n")
                await context.close()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    wanted = (int(sys.argv[2]), int(sys.argv[3])) if len(sys.argv) > 3 and sys.argv[2] != "-" else None
    asyncio.run(_pictures(target, wanted, sys.argv[4] if len(sys.argv) > 4 else "zh", sys.argv[5:] or list(PAGES)))
