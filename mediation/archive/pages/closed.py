"""Search over closed cases, a closed case, its papers."""

import asyncio

from aiohttp import web
from pydantic import BaseModel, Field

from mediation.archive.asked import LONGEST_QUERY, address, wanted
from mediation.archive.checking import check_recordings
from mediation.archive.completeness import lacking_of
from mediation.archive.filling import anything_left, catch_up
from mediation.archive.integrity import verdicts
from mediation.archive.lines import lines
from mediation.archive.reading import open_protected, read_case, take_out
from mediation.archive.searching import search
from mediation.archive.wording import PART
from mediation.cases import wording
from mediation.cases.access import case_for
from mediation.cases.queries import documents_of, parties_of, staff_names, titles_of
from mediation.cases.timeline import timeline
from mediation.db import Database
from mediation.documents.store import fetch
from mediation.errors import NotAllowed
from mediation.permissions import Action, allowed, require
from mediation.recordings.case_section import recordings_of
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import DATABASE, database, settings
from mediation.web.responses import attachment, page, see_other

routes = web.RouteTableDef()


class ReasonForm(BaseModel):
    """Why a protected case has to be seen."""

    reason: str = Field("", max_length=1000)


@routes.get("/archive")
async def show_archive(request: web.Request) -> web.Response:
    """Search over closed cases."""
    actor, query = staff(request), request.query.get("q", "").strip()[:LONGEST_QUERY]
    require(actor, Action.SEARCH_ARCHIVE)
    asked = wanted(request.query)
    await _catch_up(database(request))
    async with database(request).read() as db:
        found = await search(db, actor, asked, settings(request))
        shown = await lines(db, found, asked.words, settings(request).data_dir)
    context = {
        "asked": asked,
        "query": query,
        "found": found,
        "lines": shown,
        "address": address(query, asked),
        "wording": wording,
        "part": PART,
    }
    return page(request, "archive/search.html", context)


@routes.get("/archive/{case_id}")
async def show_archived(request: web.Request) -> web.Response:
    """A closed case; that it was looked at is journalled. A protected one asks for the reason first."""
    actor, case_id = staff(request), request.match_info["case_id"]
    try:
        await database(request).write(lambda db: read_case(db, actor, case_id))
    except NotAllowed as refused:
        if refused.code != "reason_needed":
            raise
        return await show_reason(request)
    data_dir = settings(request).data_dir
    async with database(request).read() as db:
        case = await case_for(db, actor, case_id, Action.READ_ARCHIVE)
        context = {
            "case": case,
            "title": (await titles_of(db, [case_id])).get(case_id, ""),
            "parties": await parties_of(db, case_id),
            "mediator": (await staff_names(db, {case.mediator_staff_id or ""})).get(case.mediator_staff_id or "", ""),
            "documents": await documents_of(db, case_id),
            "lacking": (await lacking_of(db, [case]))[case_id],
            "verdict": (await verdicts(db, [case_id], data_dir))[case_id],
            "events": await timeline(db, case_id),
            "recordings": await recordings_of(db, case_id),
            "may_play": allowed(actor.roles, Action.PLAY_RECORDING, own=True),
            "wording": wording,
        }
    return page(request, "archive/case.html", context)


async def show_reason(request: web.Request) -> web.Response:
    """The question why, with nothing of the case but its number."""
    async with database(request).read() as db:
        case = await case_for(db, staff(request), request.match_info["case_id"], Action.READ_ARCHIVE)
    return page(request, "archive/reason.html", {"case": case})


@routes.post("/archive/{case_id}/open")
@shown_again_by(show_reason)
async def post_reason(request: web.Request) -> web.StreamResponse:
    """Open a protected case with a written reason."""
    actor, case_id = staff(request), request.match_info["case_id"]
    form = await read_form(request, ReasonForm)
    await database(request).write(lambda db: open_protected(db, actor, case_id, form.reason))
    raise see_other(f"/archive/{case_id}")


@routes.post("/archive/{case_id}/check")
async def post_check(request: web.Request) -> web.StreamResponse:
    """Read the recordings whole; the page then says what was found and when."""
    actor, case_id = staff(request), request.match_info["case_id"]
    await check_recordings(database(request), settings(request).data_dir, actor, case_id)
    raise see_other(f"/archive/{case_id}#check")


@routes.get("/archive/{case_id}/documents/{document_id}")
async def download(request: web.Request) -> web.Response:
    """A paper of a closed case; taking it out is journalled."""
    actor, case_id, document_id = staff(request), request.match_info["case_id"], request.match_info["document_id"]
    document = await database(request).write(lambda db: take_out(db, actor, case_id, document_id))
    content = await asyncio.to_thread(fetch, settings(request).data_dir, document.sha256)
    return attachment(content, "application/pdf", f"{document.title}.pdf")


async def fill_archive(app: web.Application) -> None:
    """The job that makes newly closed cases searchable."""
    await _catch_up(app[DATABASE])


async def _catch_up(of: Database) -> None:
    while True:
        async with of.read() as db:
            if not await anything_left(db):
                return
        await of.write(catch_up)
