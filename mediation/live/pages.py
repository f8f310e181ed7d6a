"""Pages of the live session: device check, waiting room and room, the room of who leads, the judge's questions."""

from datetime import timedelta

from aiohttp import web

from mediation.actor import ParticipantActor
from mediation.cases.entered import TwoPartiesForm
from mediation.cases.pages import show_case
from mediation.cases.queries import titles_of
from mediation.clock import now
from mediation.config import Settings
from mediation.errors import Expired
from mediation.i18n import gettext as _
from mediation.invitations.consents import has_consented
from mediation.invitations.identity import DOCUMENTS as ACCEPTED
from mediation.live.consulting import advise, answer_call, open_questions
from mediation.live.identity import forget_old_numbers
from mediation.live.leading import would_lead
from mediation.live.seating import Live, load, own_participant
from mediation.live.separation import keep_apart
from mediation.people.pages import PairForm, show_person
from mediation.permissions import Action, require
from mediation.recordings.consents import TEXT_VERSION
from mediation.sessions.models import SessionState
from mediation.sessions.queries import session_for
from mediation.web.forms import entered_values, read_form, shown_again_by
from mediation.web.guards import participant, staff
from mediation.web.keys import DATABASE, SETTINGS, database, settings
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()


async def forget_identity_numbers(app: web.Application) -> None:
    """The job that erases what was noted of identity documents when its time is over."""
    before = now() - timedelta(days=app[SETTINGS].identity_keep_days)
    await app[DATABASE].write(lambda db: forget_old_numbers(db, before))


@routes.get("/i/{invitation_id}/device")
async def device_check(request: web.Request) -> web.StreamResponse:
    """Camera, loudspeaker, microphone, connection; nobody hears."""
    actor = participant(request)
    await _consent_first(request, actor)
    return page(request, "live/device.html", {"room": f"/i/{actor.invitation_id}/room"})


@routes.get("/sessions/{session_id}/device")
async def staff_device_check(request: web.Request) -> web.StreamResponse:
    """The same for staff who may join."""
    async with database(request).read() as db:
        session, _case = await session_for(db, staff(request), request.match_info["session_id"], Action.JOIN_SESSION)
    return page(request, "live/device.html", {"room": f"/sessions/{session.id}/room"})


@routes.get("/i/{invitation_id}/room")
async def participant_room(request: web.Request) -> web.StreamResponse:
    """Waiting room and room of somebody who came by a link. Raises Expired when the session is over."""
    actor = participant(request)
    async with database(request).read() as db:
        live = await load(db, actor.session_id)
        own_participant(live, actor)
    _require_open(live)
    await _consent_first(request, actor)
    context = {
        "session_id": "",
        "invitation_id": actor.invitation_id,
        "home": f"/i/{actor.invitation_id}",
        "papers": f"/i/{actor.invitation_id}/agreement",
    }
    return page(request, "live/room.html", context | _recording(settings(request)))


@routes.get("/sessions/{session_id}/room")
async def staff_room(request: web.Request) -> web.StreamResponse:
    """The room of who leads, or, for other staff who are expected, the same room as everybody's."""
    actor = staff(request)
    session_id = request.match_info["session_id"]
    async with database(request).read() as db:
        live = await load(db, session_id)
        own = own_participant(live, actor)
        titles = await titles_of(db, [live.session.case_id])
    _require_open(live)
    if not would_lead(live, own):
        context = {"session_id": session_id, "invitation_id": "", "home": "/day", "papers": ""}
        return page(request, "live/room.html", context | _recording(settings(request)))
    return page(request, "live/desk.html", _desk(live, titles[live.session.case_id], settings(request)))


@routes.get("/consultations")
async def show_questions(request: web.Request) -> web.StreamResponse:
    """What judges are asked now; for judges alone, since a question tells of the dispute."""
    actor = staff(request)
    require(actor, Action.ADVISE)
    async with database(request).read() as db:
        questions = await open_questions(db, actor)
        titles = await titles_of(db, [case.id for _asked, case, _session in questions])
    return page(request, "live/consultations.html", {"questions": questions, "titles": titles})


@routes.post("/consultations/{consultation_id}/answer")
@shown_again_by(show_questions)
async def post_answer(request: web.Request) -> web.StreamResponse:
    """Take the question and go into the session."""
    actor, ident = staff(request), request.match_info["consultation_id"]
    session_id = await database(request).write(lambda db: answer_call(db, actor, ident))
    raise see_other(f"/sessions/{session_id}/room")


@routes.post("/consultations/{consultation_id}/advice")
@shown_again_by(show_questions)
async def post_advice(request: web.Request) -> web.StreamResponse:
    """Put the advice note on file."""
    actor, ident = staff(request), request.match_info["consultation_id"]
    entered = await entered_values(request)
    await database(request).write(lambda db: advise(db, actor, ident, str(entered.get(f"advice-{ident}", ""))))
    raise see_other("/consultations")


@routes.post("/people/{person_id}/protect")
@shown_again_by(show_person)
async def post_protect(request: web.Request) -> web.StreamResponse:
    """Keep the two apart from now on, wherever they sit at this moment."""
    actor, form, ident = staff(request), await read_form(request, PairForm), request.match_info["person_id"]
    await database(request).write(lambda db: keep_apart(db, actor, ident, form.other_id, form.reason))
    raise see_other(f"/people/{ident}#apart")


@routes.post("/cases/{case_id}/protect")
@shown_again_by(show_case)
async def post_protect_parties(request: web.Request) -> web.StreamResponse:
    """The same for two parties of a case, whichever directory has them."""
    actor, form, case_id = staff(request), await read_form(request, TwoPartiesForm), request.match_info["case_id"]
    await database(request).write(lambda db: keep_apart(db, actor, *form.ids, form.reason, case_id))
    raise see_other(f"/cases/{case_id}#apart")


async def _consent_first(request: web.Request, actor: ParticipantActor) -> None:
    """Nobody comes in who has not agreed to talk online (法释〔2021〕23号 art. 4); the link's page asks."""
    async with database(request).read() as db:
        if not await has_consented(db, actor.participant_id):
            raise see_other(f"/i/{actor.invitation_id}")


def _require_open(live: Live) -> None:
    if live.session.state in (SessionState.ENDED, SessionState.CANCELLED):
        raise Expired("session_over", "This session is over.")


def _desk(live: Live, title: str, configured: Settings) -> dict[str, object]:
    shown = [(key, _(ACCEPTED[key])) for key in configured.identity_documents.split(",")]
    return {
        "session_id": live.session.id,
        "case_id": live.session.case_id,
        "title": title,
        "number": live.session.number,
        "starts_at": live.session.starts_at,
        "documents": [*shown, ("known_in_person", _("Known to me in person"))],
        "identity_days": configured.identity_keep_days,
        **_recording(configured),
    }


def _recording(configured: Settings) -> dict[str, object]:
    return {
        "may_record": configured.may_record,
        "recording_version": TEXT_VERSION,
        "recording_days": configured.recording_keep_days,
    }
