"""Where the mediator writes the agreement; the same part stands beside the faces in the live room (`/panel`)."""

from typing import Any

from aiohttp import web
from pydantic import BaseModel

from mediation.agreements import drafting, offering, wording
from mediation.agreements.forms import ClauseForm, FactsForm, MoveForm, VersionForm, filled
from mediation.agreements.kinds import AgreementState, ClauseKind
from mediation.agreements.models import Clause
from mediation.agreements.queries import current_agreement, parties_of
from mediation.agreements.view import AgreementView, agreement_view
from mediation.cases.access import case_for
from mediation.cases.queries import titles_of
from mediation.clock import now
from mediation.permissions import Action, allowed
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import database, settings
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()
PATH = "/cases/{case_id}/agreement"


class StartForm(BaseModel):
    """What a draft starts from."""

    template: str = "visiting-a-child"


@routes.get(PATH)
@routes.get(f"{PATH}/panel")
async def show_agreement(request: web.Request) -> web.Response:
    """The agreement of the case with its clauses; `?edit=<clause>`, `?edit=visiting` or `?edit=free` opens a form."""
    actor, case_id = staff(request), request.match_info["case_id"]
    async with database(request).read() as db:
        case = await case_for(db, actor, case_id, Action.SEE_CASE)
        title = (await titles_of(db, [case_id])).get(case_id, case.number)
        view = await agreement_view(db, actor, case_id, settings=settings(request), at=now())
        agreement = await current_agreement(db, case_id)
        parties = await parties_of(db, agreement) if agreement else []
        editing = _editing(request)
        clause = await db.get(Clause, editing) if editing else None
        if clause is not None and (agreement is None or clause.agreement_id != agreement.id):
            clause = None
    beside = request.path.endswith("/panel") or "panel" in request.query
    context = {
        "case": case, "title": title, "view": view, "parties": parties, "wording": wording, "translated": wording.translated,
        "editing": clause.id if clause else editing if editing in set(ClauseKind) else "",
        "form": _form(request, clause, editing),
        "may_write": allowed(actor.roles, Action.DRAFT_AGREEMENT, own=True),
        "editing_facts": editing == "facts",
        "can_change": view is not None and view.state in {AgreementState.DRAFTING, AgreementState.OFFERED},
        "here_url": f"/cases/{case_id}/agreement" + ("/panel" if beside else ""),
        "post_url": f"/cases/{case_id}/agreement",
        "post_query": "?panel=1" if beside else "",
        "beside": beside,
        "offer_hint": _offer_hint(view),
    }  # fmt: skip
    return page(request, "agreements/panel.html" if beside else "agreements/desk.html", context)


def _editing(request: web.Request) -> str:
    """Which form is open: the one asked for, or the one that was refused."""
    if request.method == "GET":
        return request.query.get("edit", "")
    last = request.path.rsplit("/", 1)[-1]
    if last == "clauses":
        return str(request.get("entered", {}).get("kind", ""))
    return last if last in {"facts", request.match_info.get("clause_id")} else ""


def _form(request: web.Request, clause: Clause | None, editing: str) -> dict[str, Any]:
    kind = ClauseKind.VISITING if editing == ClauseKind.VISITING else ClauseKind.FREE
    return {**filled(clause, kind), **request.get("entered", {})}


def _offer_hint(view: AgreementView | None) -> str:
    """Why the draft can't be laid before the parties yet; empty when it can."""
    if view is None or view.state is not AgreementState.DRAFTING:
        return ""
    if not view.clauses:
        return wording.NO_CLAUSES
    return wording.STILL_UNCLEAR if view.unclear else ""


def _back(request: web.Request) -> web.HTTPSeeOther:
    case_id = request.match_info["case_id"]
    return see_other(f"/cases/{case_id}/agreement" + ("/panel" if "panel" in request.query else ""))


@routes.post(PATH)
@shown_again_by(show_agreement)
async def post_start(request: web.Request) -> web.StreamResponse:
    """Start a draft."""
    actor, case_id = staff(request), request.match_info["case_id"]
    form = await read_form(request, StartForm)
    await database(request).write(lambda db: drafting.start_agreement(db, actor, case_id, form.template))
    raise _back(request)


@routes.post(f"{PATH}/clauses")
@shown_again_by(show_agreement)
async def post_clause(request: web.Request) -> web.StreamResponse:
    """Add a clause."""
    actor, case_id, configured = staff(request), request.match_info["case_id"], settings(request)
    form = await read_form(request, ClauseForm)
    await database(request).write(
        lambda db: drafting.add_clause(db, actor, case_id, form.version, form.draft(), settings=configured)
    )
    raise _back(request)


@routes.post(f"{PATH}/clauses/{{clause_id}}")
@shown_again_by(show_agreement)
async def post_edit(request: web.Request) -> web.StreamResponse:
    """Change a clause."""
    actor, configured = staff(request), settings(request)
    case_id, clause_id = request.match_info["case_id"], request.match_info["clause_id"]
    form = await read_form(request, ClauseForm)
    await database(request).write(
        lambda db: drafting.edit_clause(db, actor, case_id, form.version, clause_id, form.draft(), settings=configured)
    )
    raise _back(request)


@routes.post(f"{PATH}/clauses/{{clause_id}}/remove")
@shown_again_by(show_agreement)
async def post_remove(request: web.Request) -> web.StreamResponse:
    """Take a clause out."""
    actor = staff(request)
    case_id, clause_id = request.match_info["case_id"], request.match_info["clause_id"]
    form = await read_form(request, VersionForm)
    await database(request).write(lambda db: drafting.remove_clause(db, actor, case_id, form.version, clause_id))
    raise _back(request)


@routes.post(f"{PATH}/clauses/{{clause_id}}/move")
@shown_again_by(show_agreement)
async def post_move(request: web.Request) -> web.StreamResponse:
    """Move a clause up or down."""
    actor = staff(request)
    case_id, clause_id = request.match_info["case_id"], request.match_info["clause_id"]
    form = await read_form(request, MoveForm)
    by = -1 if form.by == "up" else 1
    await database(request).write(lambda db: drafting.move_clause(db, actor, case_id, form.version, clause_id, by))
    raise _back(request)


@routes.post(f"{PATH}/facts")
@shown_again_by(show_agreement)
async def post_facts(request: web.Request) -> web.StreamResponse:
    """Write the undisputed facts."""
    actor, case_id, configured = staff(request), request.match_info["case_id"], settings(request)
    form = await read_form(request, FactsForm)
    facts = form.facts.replace("\r\n", "\n")
    await database(request).write(
        lambda db: drafting.write_facts(db, actor, case_id, form.version, facts, settings=configured)
    )
    raise _back(request)


@routes.post(f"{PATH}/offer")
@shown_again_by(show_agreement)
async def post_offer(request: web.Request) -> web.StreamResponse:
    """Approve the draft and lay it before the parties."""
    actor, case_id, configured = staff(request), request.match_info["case_id"], settings(request)
    form = await read_form(request, VersionForm)
    await database(request).write(lambda db: offering.offer(db, actor, case_id, form.version, settings=configured))
    raise _back(request)
