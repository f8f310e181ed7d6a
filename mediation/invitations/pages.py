"""The page of a personal link: what anybody sees, the click that redeems, and what its owner reads and answers."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from mediation.accounts.tries import Tries
from mediation.actor import ParticipantActor
from mediation.calendars.itip import InviteText, published_file
from mediation.calendars.models import CalendarEntry
from mediation.clock import now
from mediation.errors import Expired, NotFound
from mediation.invitations.consents import TEXT_VERSION, give_consent
from mediation.invitations.entry import redeem, was_removed
from mediation.invitations.identity import documents_told
from mediation.invitations.links import personal_link
from mediation.invitations.papers import PapersOf
from mediation.invitations.replies import reply
from mediation.invitations.rules import may_read_papers
from mediation.invitations.view import LinkView, link_view
from mediation.invitations.wording import calendar_words
from mediation.notifications.outbox import LINK
from mediation.people.models import Person
from mediation.sessions.kinds import Reply
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import participant
from mediation.web.keys import WAY_COOKIE, database, settings
from mediation.web.responses import attachment, page, see_other

routes = web.RouteTableDef()

PAPERS: web.AppKey[list[PapersOf]] = web.AppKey("papers")
WRONG_TOKENS: web.AppKey[Tries] = web.AppKey("wrong_tokens")
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class RedeemForm(BaseModel):
    """The secret from the link's fragment."""

    token: Annotated[str, StringConstraints(max_length=100)]


class ReplyForm(BaseModel):
    """What the participant answers."""

    answer: Literal["accepted", "declined", "other_time"]
    note: Note = ""
    worry: Note = ""


class ConsentForm(BaseModel):
    """The answer to the consent text of this version."""

    given: bool
    version: Annotated[str, StringConstraints(max_length=20)]


@routes.get("/i/{invitation_id}")
async def show_link(request: web.Request) -> web.StreamResponse:
    """Without the cookie a page that knows nothing and changes nothing; with it the participant's own page, or for
    somebody who was taken out of the session that they are not invited any more."""
    actor = request.get("actor")
    if not isinstance(actor, ParticipantActor):
        invitation_id = request.match_info["invitation_id"]
        token = request.cookies.get(f"{WAY_COOKIE}{invitation_id}")
        async with database(request).read() as db:
            removed = token is not None and await was_removed(db, invitation_id, token)
        if removed:
            return page(request, "invitations/not_invited.html")
        in_app = "MicroMessenger" in request.headers.get("User-Agent", "")
        return page(request, "invitations/closed.html", {"in_app": in_app})
    async with database(request).read() as db:
        view = await link_view(db, actor)
        papers = [paper for papers_of in request.config_dict[PAPERS] for paper in await papers_of(db, actor)]
    _require_in_time(request, view)
    return page(request, "invitations/link.html", _context(request, view) | {"papers": papers})


@routes.post("/i/{invitation_id}/redeem")
async def post_redeem(request: web.Request) -> web.StreamResponse:
    """A person's click: exchange the link's secret for this browser's cookie."""
    form = await read_form(request, RedeemForm)
    invitation_id, configured = request.match_info["invitation_id"], settings(request)
    days = configured.papers_days
    try:
        value, person = await database(request).write(lambda db: redeem(db, invitation_id, form.token, days))
    except NotFound:
        # Only wrong tokens count, so nobody can lock the owner of a link out.
        await request.config_dict[WRONG_TOKENS].count(invitation_id, request.remote)
        raise
    response = web.json_response({"ok": True})
    seconds = (configured.papers_days + 366) * 86400  # the server decides when it is over
    response.set_cookie(
        f"{WAY_COOKIE}{invitation_id}", value, max_age=seconds, path="/", httponly=True, secure=configured.secure,
        samesite="Lax",
    )  # fmt: skip
    _suit_the_person(request, response, person, f"/i/{invitation_id}")
    return response


@routes.post("/i/{invitation_id}/reply")
@shown_again_by(show_link)
async def post_reply(request: web.Request) -> web.StreamResponse:
    """Accept, decline, or ask for another time."""
    actor = participant(request)
    form = await read_form(request, ReplyForm)
    await database(request).write(lambda db: reply(db, actor, Reply(form.answer), form.note or form.worry))
    raise see_other(f"/i/{actor.invitation_id}")


@routes.post("/i/{invitation_id}/consent")
@shown_again_by(show_link)
async def post_consent(request: web.Request) -> web.StreamResponse:
    """Consent to mediation online, or not."""
    actor = participant(request)
    form = await read_form(request, ConsentForm)
    await database(request).write(lambda db: give_consent(db, actor, form.given, form.version))
    raise see_other(f"/i/{actor.invitation_id}")


@routes.get("/i/{invitation_id}/invite.ics")
async def invite_file(request: web.Request) -> web.StreamResponse:
    """The appointment for the participant's own calendar: the same event that the mail brought."""
    actor = participant(request)
    async with database(request).read() as db:
        entry = await db.get(CalendarEntry, actor.participant_id)
        link = await personal_link(db, actor.participant_id, settings(request).base_url)
    if entry is None or link is None:
        raise NotFound()
    summary, description = calendar_words()
    text = InviteText(summary, description.replace(LINK, link), link, settings(request).mail_from)
    return attachment(published_file(entry, text, now()).encode(), "text/calendar", "invite.ics")


def _context(request: web.Request, view: LinkView) -> dict[str, Any]:
    configured = settings(request)
    return {
        "view": view,
        "people": [asdict(row) for row in view.people],
        "url": f"/i/{request.match_info['invitation_id']}",
        "zone": configured.timezone,
        "consent_version": TEXT_VERSION,
        "identity_keep_days": configured.identity_keep_days,
        "papers_days": configured.papers_days,
        "documents": documents_told(configured.identity_documents),
    }


def _require_in_time(request: web.Request, view: LinkView) -> None:
    session = view.session
    days = settings(request).papers_days
    cancelled = session.state.value == "cancelled"
    if not cancelled and not may_read_papers(session.state, session.ends_at, session.ended_at, now(), days):
        raise Expired("link_over", "This link was valid until some time after the session. For papers please call us.")


def _suit_the_person(request: web.Request, response: web.Response, person: Person, path: str) -> None:
    """Their language and large type, as staff set them beforehand, unless this browser already chose."""
    secure, year = settings(request).secure, 366 * 86400
    if "lang" not in request.cookies:
        response.set_cookie("lang", person.locale, max_age=year, path="/", secure=secure, samesite="Lax")
    if person.elder and "elder" not in request.cookies:
        response.set_cookie("elder", "1", max_age=year, path=path, secure=secure, samesite="Lax")
