"""The agreement on a party's own phone: read clause by clause, sign, confirm by a code, keep."""

import logging

from aiohttp import web
from pydantic import Field

from mediation.actor import ParticipantActor
from mediation.agreements import signing, wording
from mediation.agreements.access import require_papers
from mediation.agreements.filing import file_pdf
from mediation.agreements.forms import VersionForm
from mediation.agreements.kinds import AgreementState, Answer, Manner
from mediation.agreements.queries import current_agreement
from mediation.agreements.reading import answer_clause
from mediation.agreements.view import AgreementView, ClauseView, agreement_view
from mediation.clock import now
from mediation.errors import MediationError
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import participant
from mediation.web.keys import database, settings
from mediation.web.responses import page, see_other, wants_json

routes = web.RouteTableDef()
log = logging.getLogger(__name__)
PATH = "/i/{invitation_id}/agreement"


class AnswerForm(VersionForm):
    """What somebody says to a clause."""

    answer: Answer


class SignForm(VersionForm):
    """A drawn or typed name, and the declaration."""

    manner: Manner = Manner.DRAWN
    strokes: str = ""
    name: str = Field("", max_length=80)
    declared: bool = False


class CodeForm(VersionForm):
    """The code from the safe channel."""

    code: str = Field(min_length=1, max_length=40)


@routes.get(PATH)
async def show_agreement(request: web.Request) -> web.Response:
    """What there is to do next; `?clause=2` shows that clause again. A script asks only whether anything changed."""
    actor = participant(request)
    async with database(request).read() as db:
        await require_papers(db, actor, settings(request))
        view = await agreement_view(db, actor, settings=settings(request), at=now())
    if wants_json(request):
        return web.json_response({"fingerprint": view.fingerprint() if view else ""})
    shown = _chosen(view, request) if view else None
    context = {
        "view": view,
        "clause": shown,
        "step": _step(view, shown) if view else "nothing",
        "wording": wording,
        "base": f"/i/{actor.invitation_id}",
        "typed": request.query.get("typed") == "1" or request.get("entered", {}).get("manner") == "typed",
        "bars": [_bar(clause, shown) for clause in view.clauses] if view else [],
    }
    return page(request, "agreements/party.html", context)


def _chosen(view: AgreementView, request: web.Request) -> ClauseView | None:
    """The clause to show: the one asked for, otherwise the first to which nothing was said."""
    wanted = request.query.get("clause", "")
    asked = [clause for clause in view.clauses if str(clause.number) == wanted]
    if view.own_signature == "signed" or view.state is AgreementState.EFFECTIVE:
        return asked[0] if asked else None
    return next(iter([*asked, *(clause for clause in view.clauses if clause.answer is None)]), None)


def _step(view: AgreementView, shown: ClauseView | None) -> str:
    if shown is not None:
        return "read"
    if view.state is AgreementState.EFFECTIVE:
        return "effective"
    if view.own_signature != "none":
        return "signed" if view.own_signature == "signed" else "code"
    return "sign" if view.all_agreed and view.state is AgreementState.OFFERED else "wait"


def _bar(clause: ClauseView, shown: ClauseView | None) -> str:
    if shown is not None and clause.id == shown.id:
        return "now"
    return "todo" if clause.answer is None else "done"


@routes.post(f"{PATH}/clauses/{{clause_id}}")
@shown_again_by(show_agreement)
async def post_answer(request: web.Request) -> web.StreamResponse:
    """Say something to a clause."""
    actor, clause_id = await _reader(request), request.match_info["clause_id"]
    form = await read_form(request, AnswerForm)
    await database(request).write(lambda db: answer_clause(db, actor, form.version, clause_id, form.answer))
    raise see_other(f"/i/{actor.invitation_id}/agreement")


@routes.post(f"{PATH}/signature")
@shown_again_by(show_agreement)
async def post_signature(request: web.Request) -> web.StreamResponse:
    """Hand in a signature and have a code sent."""
    actor = await _reader(request)
    form = await read_form(request, SignForm)
    await database(request).write(
        lambda db: signing.submit_signature(
            db, actor, form.version, form.manner, strokes=form.strokes, name=form.name, declared=form.declared
        )
    )
    raise see_other(f"/i/{actor.invitation_id}/agreement")


@routes.post(f"{PATH}/code")
@shown_again_by(show_agreement)
async def post_code(request: web.Request) -> web.StreamResponse:
    """Confirm the signature; when it was the last one, the document is made at once."""
    actor = await _reader(request)
    form = await read_form(request, CodeForm)
    answer = await database(request).write(lambda db: signing.confirm_signature(db, actor, form.version, form.code))
    answer.or_refuse()
    await _file(request, actor)
    raise see_other(f"/i/{actor.invitation_id}/agreement")


@routes.post(f"{PATH}/code-again")
@shown_again_by(show_agreement)
async def post_code_again(request: web.Request) -> web.StreamResponse:
    """Have a new code sent."""
    actor = await _reader(request)
    form = await read_form(request, VersionForm)
    await database(request).write(lambda db: signing.send_code_again(db, actor, form.version))
    raise see_other(f"/i/{actor.invitation_id}/agreement")


@routes.post(f"{PATH}/withdraw")
@shown_again_by(show_agreement)
async def post_withdraw(request: web.Request) -> web.StreamResponse:
    """Take the signature back."""
    actor = await _reader(request)
    form = await read_form(request, VersionForm)
    await database(request).write(lambda db: signing.withdraw_signature(db, actor, form.version))
    raise see_other(f"/i/{actor.invitation_id}/agreement")


async def _reader(request: web.Request) -> ParticipantActor:
    actor = participant(request)
    async with database(request).read() as db:
        await require_papers(db, actor, settings(request))
    return actor


async def _file(request: web.Request, actor: ParticipantActor) -> None:
    async with database(request).read() as db:
        agreement = await current_agreement(db, actor.case_id)
    if agreement is None or agreement.state is not AgreementState.EFFECTIVE:
        return
    try:
        await file_pdf(database(request), settings(request), agreement.id)
    except MediationError:
        # The signature counts whether or not the press works now; the job makes the document later.
        log.exception("agreement %s is in effect, its document is not made yet", agreement.id)
