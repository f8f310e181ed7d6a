"""The pages of case files: the list, registering a dispute, one case with its timeline and documents."""

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases import editing, parties, sharing, wording
from mediation.cases.access import case_for, require
from mediation.cases.apart import stop_keeping_apart
from mediation.cases.entered import EditForm, MediatorForm, NoteForm, PartyForm, RegisterForm, ShareForm, TwoPartiesForm
from mediation.cases.filing import filed_document
from mediation.cases.overview import overview
from mediation.cases.queries import PER_PAGE, listed, titles_of
from mediation.cases.registering import Dispute, register
from mediation.cases.sections import CASE_SECTIONS
from mediation.cases.timeline import timeline
from mediation.documents.store import fetch
from mediation.people.models import Person
from mediation.people.rules import masked_phone
from mediation.permissions import Action, allowed
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import database, settings
from mediation.web.responses import attachment, page, see_other

routes = web.RouteTableDef()


@routes.get("/cases")
async def list_cases(request: web.Request) -> web.Response:
    """Case files: open ones first, all or mine, by name or number."""
    actor = staff(request)
    require(actor, Action.SEE_CASE)
    words, mine = request.query.get("q", "").strip()[:100], request.query.get("whose") == "mine"
    number = _page_number(request)
    async with database(request).read() as db:
        found = await listed(db, actor, words, mine, number)
    context = {
        "found": found,
        "words": words,
        "mine": mine,
        "number": number,
        "per_page": PER_PAGE,
        "may_register": allowed(actor.roles, Action.REGISTER_CASE, own=True),
        "wording": wording,
    }
    return page(request, "cases/list.html", context)


@routes.get("/cases/new")
async def show_register(request: web.Request) -> web.Response:
    """The form to register a dispute; `?applicant=<person>` starts with somebody of the directory."""
    actor = staff(request)
    require(actor, Action.REGISTER_CASE)
    entered = dict(request.get("entered", {}))
    async with database(request).read() as db:
        for side in ("applicant", "respondent"):
            await _start_with(db, actor, entered, side, request.query.get(side, ""))
        known = {side: await _known(db, actor, entered, f"{side}_") for side in ("applicant", "respondent")}
        names = await parties.known_names(db, actor)
    return page(request, "cases/new.html", {"entered": entered, "known": known, "names": names, "wording": wording})


@routes.post("/cases/new")
@shown_again_by(show_register)
async def post_register(request: web.Request) -> web.StreamResponse:
    """Register the dispute."""
    actor = staff(request)
    form = await read_form(request, RegisterForm)
    dispute = Dispute(form.kind, form.summary, form.source, form.court_case_number)
    case = await database(request).write(
        lambda db: register(db, actor, dispute, form.party("applicant"), form.party("respondent"), settings(request))
    )
    raise see_other(f"/cases/{case.id}")


@routes.get("/cases/{case_id}")
async def show_case(request: web.Request) -> web.Response:
    """One case: the next step, the parties, what happened, and the sections of the other slices."""
    async with database(request).read() as db:
        seen = await overview(db, staff(request), _case_id(request), request.config_dict[CASE_SECTIONS])
    return page(request, "cases/case.html", {"seen": seen, "case": seen.case, "wording": wording})


@routes.get("/cases/{case_id}/timeline")
async def show_timeline(request: web.Request) -> web.Response:
    """All that happened in the case."""
    async with database(request).read() as db:
        case = await case_for(db, staff(request), _case_id(request))
        events = await timeline(db, case.id)
        title = (await titles_of(db, [case.id]))[case.id]
    return page(request, "cases/timeline.html", {"case": case, "title": title, "events": events})


@routes.get("/cases/{case_id}/edit")
async def show_edit(request: web.Request) -> web.Response:
    """The description of the case, to be changed."""
    async with database(request).read() as db:
        case = await case_for(db, staff(request), _case_id(request), Action.EDIT_CASE)
    return page(request, "cases/edit.html", {"case": case})


@routes.post("/cases/{case_id}/edit")
@shown_again_by(show_edit)
async def post_edit(request: web.Request) -> web.StreamResponse:
    """Change the description."""
    actor, case_id = staff(request), _case_id(request)
    form = await read_form(request, EditForm)
    await database(request).write(lambda db: editing.edit(db, actor, case_id, **form.model_dump()))
    raise see_other(f"/cases/{case_id}")


@routes.get("/cases/{case_id}/parties/new")
async def show_add_party(request: web.Request) -> web.Response:
    """The form for one more party."""
    actor, entered = staff(request), dict(request.get("entered", {}))
    async with database(request).read() as db:
        case = await case_for(db, actor, _case_id(request), Action.EDIT_CASE)
        known = await _known(db, actor, entered, "")
        names = await parties.known_names(db, actor)
    context = {"case": case, "known": known, "names": names, "wording": wording, "relative": parties.RELATIVE}
    return page(request, "cases/add_party.html", context)


@routes.post("/cases/{case_id}/parties/new")
@shown_again_by(show_add_party)
async def post_add_party(request: web.Request) -> web.StreamResponse:
    """Add a party; a relative is refused with the reason."""
    actor, case_id = staff(request), _case_id(request)
    form = await read_form(request, PartyForm)
    role = parties.role_of(form.role)
    await database(request).write(lambda db: parties.add_party(db, actor, case_id, role, form.entry()))
    raise see_other(f"/cases/{case_id}")


@routes.post("/cases/{case_id}/notes")
@shown_again_by(show_case)
async def post_note(request: web.Request) -> web.StreamResponse:
    """Keep a note."""
    actor, case_id = staff(request), _case_id(request)
    form = await read_form(request, NoteForm)
    await database(request).write(lambda db: editing.add_note(db, actor, case_id, form.text))
    raise see_other(f"/cases/{case_id}#timeline")


@routes.post("/cases/{case_id}/mediator")
@shown_again_by(show_case)
async def post_mediator(request: web.Request) -> web.StreamResponse:
    """Name the mediator."""
    actor, case_id = staff(request), _case_id(request)
    form = await read_form(request, MediatorForm)
    await database(request).write(lambda db: editing.assign(db, actor, case_id, form.mediator, form.seen))
    raise see_other(f"/cases/{case_id}#workers")


@routes.post("/cases/{case_id}/share")
@shown_again_by(show_case)
async def post_share(request: web.Request) -> web.StreamResponse:
    """Share the case with another organisation."""
    actor, case_id = staff(request), _case_id(request)
    form = await read_form(request, ShareForm)
    await database(request).write(lambda db: sharing.share(db, actor, case_id, form.organisation))
    raise see_other(f"/cases/{case_id}#workers")


@routes.post("/cases/{case_id}/share/stop")
@shown_again_by(show_case)
async def post_stop_sharing(request: web.Request) -> web.StreamResponse:
    """Take the case back from an organisation."""
    actor, case_id = staff(request), _case_id(request)
    form = await read_form(request, ShareForm)
    await database(request).write(lambda db: sharing.stop_sharing(db, actor, case_id, form.organisation))
    raise see_other(f"/cases/{case_id}#workers")


# Keeping two apart is POST /cases/{case_id}/protect in live/pages.py: it parts those who sit together at this moment.


@routes.post("/cases/{case_id}/protect/end")
@shown_again_by(show_case)
async def post_end_protection(request: web.Request) -> web.StreamResponse:
    """Two parties need no longer be kept apart."""
    actor, case_id = staff(request), _case_id(request)
    form = await read_form(request, TwoPartiesForm)
    await database(request).write(lambda db: stop_keeping_apart(db, actor, case_id, *form.ids, form.reason))
    raise see_other(f"/cases/{case_id}#apart")


@routes.get("/cases/{case_id}/documents/{document_id}")
async def download_document(request: web.Request) -> web.Response:
    """A filed document; taking it out is journalled."""
    actor, case_id, document_id = staff(request), _case_id(request), request.match_info["document_id"]
    document = await database(request).write(lambda db: filed_document(db, actor, case_id, document_id))
    content = await asyncio.to_thread(fetch, settings(request).data_dir, document.sha256)
    return attachment(content, "application/pdf", f"{document.title}.pdf")


async def _start_with(db: AsyncSession, actor: StaffActor, entered: dict[str, Any], side: str, person_id: str) -> None:
    """Fill in a side with somebody of the directory, unless something was entered already."""
    person = await db.get(Person, person_id) if person_id and f"{side}_name" not in entered else None
    if person is not None and person.organisation_id == actor.organisation_id:
        entered |= {f"{side}_name": person.name, f"{side}_person": person.id}


async def _known(db: AsyncSession, actor: StaffActor, entered: dict[str, Any], prefix: str) -> list[dict[str, str]]:
    """Who of the directory the entered name or phone may mean, with the phone masked."""
    name, phone = str(entered.get(f"{prefix}name", "")), str(entered.get(f"{prefix}phone", ""))
    people = await parties.known_people(db, actor, name, phone) if name or phone else []
    return [
        {"id": each.id, "name": each.name, "called": each.called, "phone": masked_phone(each.phone)} for each in people
    ]


def _case_id(request: web.Request) -> str:
    return request.match_info["case_id"]


def _page_number(request: web.Request) -> int:
    text = request.query.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
