"""The page on which a session ends: for now, or with the outcome that closes the case."""

from aiohttp import web
from pydantic import BaseModel, Field

from mediation.agreements.queries import effective_agreements
from mediation.cases import wording
from mediation.cases.models import Outcome
from mediation.cases.queries import titles_of
from mediation.closing.closing import close_session, end_for_now
from mediation.closing.rules import CLOSABLE
from mediation.errors import Invalid
from mediation.i18n import marked
from mediation.permissions import Action
from mediation.sessions.queries import session_for
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import database, settings
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()
NEXT_TIME = "next_time"
_CHOOSE = marked("Please choose one of the answers.")


class CloseForm(BaseModel):
    """How the session ends: an outcome, or `next_time`."""

    outcome: str = Field("", max_length=20)
    reason: str = Field("", max_length=2000)


@routes.get("/sessions/{session_id}/close")
async def show_close(request: web.Request) -> web.Response:
    """What there is to choose, and what is still missing for an agreement."""
    async with database(request).read() as db:
        session, case = await session_for(db, staff(request), request.match_info["session_id"], Action.CLOSE_CASE)
        in_effect = bool(await effective_agreements(db, case.id))
        title = (await titles_of(db, [case.id])).get(case.id, "")
    context = {
        "session": session,
        "case": case,
        "title": title,
        "agreement": in_effect,
        "possible": CLOSABLE[session.state],
        "next_time": NEXT_TIME,
        "wording": wording,
    }
    return page(request, "closing/close.html", context)


@routes.post("/sessions/{session_id}/close")
@shown_again_by(show_close)
async def post_close(request: web.Request) -> web.StreamResponse:
    """End the session as chosen."""
    actor, session_id = staff(request), request.match_info["session_id"]
    form = await read_form(request, CloseForm)
    if form.outcome == NEXT_TIME:
        session = await database(request).write(lambda db: end_for_now(db, actor, session_id))
        raise see_other(f"/cases/{session.case_id}")
    if form.outcome not in set(Outcome):
        raise Invalid(fields={"outcome": _CHOOSE})
    case = await close_session(
        database(request), settings(request), actor, session_id, Outcome(form.outcome), form.reason
    )
    raise see_other(f"/cases/{case.id}")
