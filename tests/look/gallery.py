"""The pages of look/ as worked examples, served with the real layouts, components, styles and security headers.

`python -m tests.look.gallery [FOLDER]` writes a screenshot of each into FOLDER.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, ViewportSize, async_playwright

from mediation.actor import Role, StaffActor
from mediation.config import STATIC_DIR, TEMPLATES_DIR, Settings
from mediation.web.keys import NAVIGATION, SETTINGS
from mediation.web.middleware import language, security_headers
from mediation.web.templating import set_up_templates

PAGES = Path(__file__).parent / "pages"
PHONE = {"a_link", "b_device", "c_waiting", "d_room", "h1_read", "h2_sign", "n_link_en", "o_waiting_protected"}
DESK = {"e_mediator", "f_day", "g_booking", "i_case", "j_archive", "m_components", "login"}
NAMES = sorted(PHONE | DESK)
CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_NAV = [
    {"label": label, "href": f"/pages/{name}"}
    for label, name in (
        ("今天", "f_day"),
        ("案卷", "i_case"),
        ("排期", "g_booking"),
        ("法官值班", "m_components"),
        ("档案检索", "j_archive"),
    )
]
_PAN = StaffActor("s", "p", "o", frozenset({Role.MEDIATOR}), "l", name="潘调解员")


@web.middleware
async def _somebody(request: web.Request, handler: Handler) -> web.StreamResponse:
    name = request.match_info.get("name", "")
    request["actor"] = _PAN if name in DESK and name != "login" else None
    return await handler(request)


async def _show(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in NAMES:
        raise web.HTTPNotFound
    return aiohttp_jinja2.render_template(f"{name}.html", request, {})


def gallery() -> web.Application:
    """An application that shows the example pages under /pages/<name>."""
    settings = Settings()
    app = web.Application(middlewares=[language, security_headers, _somebody])
    app[SETTINGS] = settings
    app[NAVIGATION] = lambda _actor, _settings: _NAV
    environment = set_up_templates(app, settings)
    environment.loader = jinja2.FileSystemLoader([PAGES, TEMPLATES_DIR])
    app.router.add_static("/static/", STATIC_DIR)
    app.router.add_get("/pages/{name}", _show)
    return app


def size_of(name: str) -> ViewportSize:
    """The window in which the picture of look/ shows this page."""
    return {"width": 390, "height": 844} if name in PHONE else {"width": 1440, "height": 900}


async def _pictures(folder: Path, names: list[str]) -> None:
    async with TestServer(gallery()) as server, async_playwright() as playwright:
        browser: Browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        for name in names:
            page = await browser.new_page(viewport=size_of(name))
            if name.endswith("_en"):
                await page.context.add_cookies([{"name": "lang", "value": "en", "url": str(server.make_url("/"))}])
            await page.goto(str(server.make_url(f"/pages/{name}")))
            await page.screenshot(path=folder / f"{name}.png")
            if name in PHONE and name != "d_room":
                await page.screenshot(path=folder / f"{name}-full.png", full_page=True)
            await page.close()
        await browser.close()


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(_pictures(target, sys.argv[2:] or NAMES))
