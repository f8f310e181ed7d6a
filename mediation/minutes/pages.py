"""Minutes on the desk and beside the faces: written part by part, saved by itself while typing; final, a document."""

import asyncio
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.cases.models import CaseState
from mediation.cases.queries import titles_of
from mediation.documents.store import fetch
from mediation.errors import Conflict, NotFound
from mediation.journal.record import record
from mediation.minutes.filing import file_minutes, file_pdf, file_pdfs
from mediation.minutes.kinds import TITLE, Part
from mediation.minutes.models import Minutes
from mediation.minutes.queries import attendance_of, parts_of
from mediation.minutes.writing import LONGEST, write_part
from mediation.permissions import Action, allowed
from mediation.scheduling.wording import ROLE
from mediation.sessions.kinds import SessionState
from mediation.sessions.queries import session_for
from mediation.web.forms import entered_values, read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import DATABASE, SETTINGS, database, settings
from mediation.web.responses import attachment, page, see_other, told, wants_json

routes = web.RouteTableDef()
PATH = "/sessions/{session_id}/minutes"


class PartForm(BaseModel):
    """A part as it was written, over the version that was seen."""

    version: int = Field(ge=0, le=1_000_000)
    text: str = ""


async def file_left_minutes(app: web.Application) -> None:
    """Job: make the documents that a crash left over."""
    await file_pdfs(app[DATABASE], app[SETTINGS])


@routes.get(PATH)
@routes.get(f"{PATH}/panel")
async def show_minutes(request: web.Request) -> web.Response:
    """Every part in its order, who was there; after a conflict both texts of the part."""
    actor, session_id = staff(request), request.match_info["session_id"]
    async with database(request).read() as db:
        session, case = await session_for(db, actor, session_id, Action.SEE_SESSION)
        minutes = await db.get(Minutes, session_id)
        parts = await parts_of(db, session_id)
        attendance = await attendance_of(db, session)
        title = (await titles_of(db, [case.id])).get(case.id, case.number)
    beside = request.path.endswith("/panel") or "panel" in request.query
    final = minutes is not None and minutes.final_at is not None
    may_write = allowed(actor.roles, Action.WRITE_MINUTES, own=True) and not final
    context = {
        "session": session, "case": case, "minutes": minutes, "parts": parts, "titles": TITLE, "title": title,
        "attendance": attendance, "roles": ROLE, "final": final, "longest": LONGEST, "beside": beside,
        "may_write": may_write and session.state is not SessionState.CANCELLED and case.state is CaseState.OPEN,
        "over": session.state is SessionState.ENDED,
        "url": f"/sessions/{session_id}/minutes", "query": "?panel=1" if beside else "",
        "mine": (request.match_info.get("part"), request.get("entered", {}).get("text", "")),
    }  # fmt: skip
    return page(request, "minutes/panel.html" if beside else "minutes/desk.html", context)


@routes.post(f"{PATH}/parts/{{part}}")
@shown_again_by(show_minutes)
async def post_part(request: web.Request) -> web.StreamResponse:
    """Save one part. A script gets the new version, or in a conflict the text that is there."""
    actor, session_id, configured = staff(request), request.match_info["session_id"], settings(request)
    part = _part(request)
    form = await _form(request)
    text = form.text.replace("\r\n", "\n")
    try:
        version = await database(request).write(
            lambda db: write_part(db, actor, session_id, part, form.version, text, settings=configured)
        )
    except Conflict as conflict:
        if not wants_json(request):
            raise
        async with database(request).read() as db:
            there = (await parts_of(db, session_id))[part]
        body = {"error": told(conflict), "there": {"version": there.version, "text": there.text}}
        return web.json_response(body, status=conflict.status)
    if wants_json(request):
        return web.json_response({"version": version})
    raise see_other(f"/sessions/{session_id}/minutes" + ("/panel" if "panel" in request.query else ""))


@routes.post(f"{PATH}/finish")
@shown_again_by(show_minutes)
async def post_finish(request: web.Request) -> web.StreamResponse:
    """Make the minutes final."""
    actor, session_id = staff(request), request.match_info["session_id"]
    await file_minutes(database(request), settings(request), actor, session_id)
    raise see_other(f"/sessions/{session_id}/minutes" + ("/panel" if "panel" in request.query else ""))


@routes.get(f"{PATH}.pdf")
async def get_document(request: web.Request) -> web.Response:
    """The document of final minutes; the download is journalled."""
    actor, session_id = staff(request), request.match_info["session_id"]
    async with database(request).read() as db:
        session, case = await session_for(db, actor, session_id, Action.SEE_SESSION)
        minutes = await db.get(Minutes, session_id)
    if minutes is None or minutes.final_at is None:
        raise NotFound("minutes_not_final", "The minutes are not final yet.")
    digest = await file_pdf(database(request), settings(request), session_id)
    content = await asyncio.to_thread(fetch, settings(request).data_dir, digest)

    async def looked(db: AsyncSession) -> None:
        record(db, actor, "minutes_downloaded", case_id=case.id, subject=session_id, sha256=digest)

    await database(request).write(looked)
    return attachment(content, "application/pdf", f"调解笔录 {case.number} 第{session.number}次.pdf")


def _part(request: web.Request) -> Part:
    try:
        return Part(request.match_info["part"])
    except ValueError:
        raise NotFound() from None


async def _form(request: web.Request) -> PartForm:
    form = await read_form(request, PartForm)
    # A JSON body keeps the spaces at the ends, so that saving while typing does not move the cursor's text.
    values: dict[str, Any] = await entered_values(request)
    return form.model_copy(update={"text": str(values.get("text", "")).replace("\x00", "")})
