"""The application on one screen: settings in, slices attached, resources opened and closed."""

from collections.abc import AsyncIterator

from aiohttp import web

from mediation import health, metrics
from mediation.accounts import pages as accounts
from mediation.accounts.login import resolve_staff
from mediation.accounts.navigation import navigation
from mediation.accounts.tries import Tries
from mediation.agreements import pages as agreements
from mediation.agreements.case_section import on_case_page as agreement_of_case
from mediation.agreements.papers import agreement_papers
from mediation.agreements.todos import unsettled_clauses
from mediation.archive import pages as archive
from mediation.audit import pages as audit
from mediation.cases import pages as cases
from mediation.cases.sections import CASE_SECTIONS, SectionOf
from mediation.closing import pages as closing
from mediation.closing.case_section import on_case_page as closing_of_case
from mediation.config import STATIC_DIR, Settings
from mediation.db import Database
from mediation.invitations import pages as invitations
from mediation.invitations.entry import resolve_participant
from mediation.invitations.lookups import LOOKUPS
from mediation.invitations.papers import PapersOf
from mediation.jobs import Every, run_jobs
from mediation.live import pages as live
from mediation.live.case_section import on_case_page as advice_of_case
from mediation.live.case_section import questions_to_answer
from mediation.live.connections_section import connections_on_case_page
from mediation.measures import Measures
from mediation.minutes import pages as minutes
from mediation.minutes.case_section import on_case_page as minutes_of_case
from mediation.notifications import pages as notifications
from mediation.people import pages as people
from mediation.recordings.case_section import on_case_page as recordings_of_case
from mediation.scheduling import pages as scheduling
from mediation.scheduling.case_section import on_case_page as sessions_of_case
from mediation.scheduling.todos import DAY_TODOS, TodosOf
from mediation.watching import pages as watching
from mediation.web.keys import DATABASE, MEASURES, NAVIGATION, RESOLVE_PARTICIPANT, RESOLVE_STAFF, SETTINGS
from mediation.web.middleware import MIDDLEWARES
from mediation.web.templating import set_up_templates
from signaling.server import attach

SLICES = [
    audit,
    accounts,
    agreements,
    cases,
    health,
    invitations,
    live,
    metrics,
    minutes,
    notifications,
    people,
    scheduling,
    watching,
    closing,
    archive,
]
SECTIONS: list[SectionOf] = [
    sessions_of_case,
    agreement_of_case,
    minutes_of_case,
    advice_of_case,
    connections_on_case_page,
    recordings_of_case,
    closing_of_case,
]  # of the case page, from the slices above cases
PAPERS: list[PapersOf] = [agreement_papers]  # on the page of a personal link, from the slices above invitations
TODOS: list[TodosOf] = [questions_to_answer, unsettled_clauses]  # on the day page, from the slices above scheduling
JOBS: list[Every] = [
    Every(60, accounts.end_overdue),
    Every(1, notifications.deliver_messages),
    Every(20, agreements.file_agreements),
    Every(20, minutes.file_left_minutes),
    Every(60, archive.fill_archive),
    Every(10, archive.file_recordings),
    Every(3600, archive.erase_recordings),
    Every(3600, live.forget_identity_numbers),
]
LARGEST_BODY = 1024 * 1024  # bytes; the largest thing that people send is a signature's strokes


def create_app(settings: Settings, database: Database | None = None, *, with_calls: bool = True) -> web.Application:
    """The whole workstation as one aiohttp application; a `database` handed in stays open when it ends.

    Without calls it has no sockets and starts no media worker: for tests of pages.
    """
    app = web.Application(middlewares=[*MIDDLEWARES, accounts.password_first], client_max_size=LARGEST_BODY)
    app[SETTINGS] = settings
    app[DATABASE] = database or Database(settings.database, settings.keys)
    app[MEASURES] = Measures()
    metrics.count_errors(app[DATABASE], app[MEASURES])
    app[RESOLVE_STAFF] = resolve_staff
    app[RESOLVE_PARTICIPANT] = resolve_participant
    app[NAVIGATION] = navigation
    app[notifications.LOOKUPS] = LOOKUPS
    app[accounts.TRIES] = Tries()
    app[invitations.WRONG_TOKENS] = Tries()
    app[invitations.PAPERS] = PAPERS
    app[CASE_SECTIONS] = SECTIONS
    app[DAY_TODOS] = TODOS
    set_up_templates(app, settings)
    app.router.add_static("/static/", STATIC_DIR)
    for slice_ in SLICES:
        app.add_routes(slice_.routes)
    if database is None:
        app.cleanup_ctx.append(_close_database)
    app.cleanup_ctx.append(run_jobs(JOBS))
    if with_calls:
        attach(app)
    return app


async def _close_database(app: web.Application) -> AsyncIterator[None]:
    yield
    await app[DATABASE].close()
