"""Jinja: where templates are, what each of them finds."""

import hashlib
from datetime import date, datetime
from functools import cache
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web

from mediation import i18n
from mediation.actor import StaffActor
from mediation.clock import now
from mediation.config import STATIC_DIR, TEMPLATES_DIR, Settings
from mediation.i18n import moments
from mediation.web.keys import NAVIGATION, settings


def set_up_templates(app: web.Application, configured: Settings) -> jinja2.Environment:
    """Give the application its Jinja environment; undefined names are errors."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(TEMPLATES_DIR),
        context_processors=[reader_context],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    add_language(environment, configured)
    return environment


def add_language(environment: jinja2.Environment, configured: Settings) -> None:
    """Translations and the ways to write dates, for pages and for mail alike."""
    environment.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    zone = configured.zone

    environment.filters.update(
        day=lambda moment: moments.day(moment, zone),
        short_day=lambda moment: moments.short_day(moment, zone),
        full_day=lambda moment: moments.full_day(moment, zone),
        clock=lambda moment: moments.clock(moment, zone, spoken=True),
        desk_clock=lambda moment: moments.clock(moment, zone, spoken=False),
        local_date=lambda moment: _local(moment, configured).isoformat(),
        iso=lambda moment: moment.isoformat(),
    )
    environment.globals.update(static=static_url, now=now, browser_strings=_browser_strings)


async def reader_context(request: web.Request) -> dict[str, Any]:
    """The facts of the reader, for every page."""
    return reader_facts(request)


def reader_facts(request: web.Request) -> dict[str, Any]:
    """What every page knows: the reader's language, size of type, who is signed in, the site."""
    configured = settings(request)
    locale = i18n.current.get()
    actor = request.get("actor")
    return {
        "locale": locale,
        "elder": request.cookies.get("elder") == "1",
        "actor": actor,
        "is_staff": isinstance(actor, StaffActor),
        "nav": request.config_dict[NAVIGATION](actor, configured) if isinstance(actor, StaffActor) else [],
        "here": request.path,
        "site_name": configured.site_name if locale == "zh" else configured.site_name_en,
        "hotline": configured.hotline,
        "with_mailbox": configured.with_mailbox,
    }


def _browser_strings() -> dict[str, str]:
    """What the scripts of a page say in the reader's language; English is the message itself."""
    locale = i18n.current.get()
    return {} if locale == "en" else i18n.catalogue(locale, "browser")


@cache
def static_url(path: str) -> str:
    """The address of a static file, with a hash of its content so that browsers may keep it."""
    digest = hashlib.sha256((STATIC_DIR / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


def _local(moment: datetime, configured: Settings) -> date:
    return moment.astimezone(configured.zone).date()
