"""The application on one screen: settings in, slices attached, resources opened and closed."""

from collections.abc import AsyncIterator

from aiohttp import web

from mediation.accounts import pages as accounts
from mediation.accounts.login import resolve_staff
from mediation.accounts.navigation import navigation
from mediation.accounts.tries import Tries
from mediation.cases import pages as cases
from mediation.cases.sections import CASE_SECTIONS, SectionOf
from mediation.config import STATIC_DIR, Settings
from mediation.db import Database
from mediation.invitations.entry import resolve_participant
from mediation.invitations.lookups import LOOKUPS
from mediation.jobs import Every, run_jobs
from mediation.notifications import pages as notifications
from mediation.web.keys import DATABASE, NAVIGATION, RESOLVE_PARTICIPANT, RESOLVE_STAFF, SETTINGS
from mediation.web.middleware import MIDDLEWARES
from mediation.web.templating import set_up_templates

SLICES = [accounts, cases, notifications]
SECTIONS: list[SectionOf] = []  # of the case page, from the slices above cases
JOBS: list[Every] = [Every(60, accounts.end_overdue), Every(1, notifications.deliver_messages)]
LARGEST_BODY = 1024 * 1024  # bytes; the largest thing that people send is a signature's strokes


def create_app(settings: Settings, database: Database | None = None) -> web.Application:
    """The whole workstation as one aiohttp application; a `database` handed in stays open when it ends."""
    app = web.Application(middlewares=[*MIDDLEWARES, accounts.password_first], client_max_size=LARGEST_BODY)
    app[SETTINGS] = settings
    app[DATABASE] = database or Database(settings.database, settings.keys)
    app[RESOLVE_STAFF] = resolve_staff
    app[RESOLVE_PARTICIPANT] = resolve_participant
    app[NAVIGATION] = navigation
    app[notifications.LOOKUPS] = LOOKUPS
    app[accounts.TRIES] = Tries()
    app[CASE_SECTIONS] = SECTIONS
    set_up_templates(app, settings)
    app.router.add_static("/static/", STATIC_DIR)
    for slice_ in SLICES:
        app.add_routes(slice_.routes)
    if database is None:
        app.cleanup_ctx.append(_close_database)
    app.cleanup_ctx.append(run_jobs(JOBS))
    return app


async def _close_database(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[DATABASE].close()
