"""A session and who is expected: replies, links, another time, cancelling, the way into the room."""

from datetime import date, time
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.queries import staff_names, titles_of
from mediation.errors import NotFound
from mediation.i18n import gettext as _
from mediation.invitations.links import renew, revoke
from mediation.notifications.models import MessageState
from mediation.notifications.outbox import last_states
from mediation.permissions import Action, allowed
from mediation.scheduling import wording
from mediation.scheduling.booking import cancel, reschedule
from mediation.scheduling.local_time import moment_at
from mediation.scheduling.queries import Guest, guests_of
from mediation.scheduling.reaching import not_told_in_time
from mediation.sessions.models import MediationSession, Participant
from mediation.sessions.queries import session_for
from mediation.sessions.rules import Command, can
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import database, settings
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()


class MoveForm(BaseModel):
    """Another time."""

    day: date
    clock: time
    minutes: int
    reason: str = Field(max_length=500)
    revision: int


class CancelForm(BaseModel):
    """Why there is no session."""

    reason: str = Field(max_length=500)
    revision: int


@routes.get("/sessions/{session_id}")
async def show_session(request: web.Request) -> web.Response:
    """When, who, their replies and links; for those who may book also the ways to change it."""
    actor = staff(request)
    async with database(request).read() as db:
        session, case = await session_for(db, actor, request.match_info["session_id"], Action.SEE_SESSION)
        guests = (await guests_of(db, [session.id]))[session.id]
        sent = await last_states(db, [each.participant.id for each in guests])
        offers = _offers(actor, session)
        waiting = {
            each.person.id: each.person.called
            for each in guests
            if offers["may_move"] and sent.get(each.participant.id) is MessageState.QUEUED
        }
        context = {
            "session": session,
            "case": case,
            "title": (await titles_of(db, [case.id])).get(case.id, case.number),
            "guests": [_guest_row(each, sent.get(each.participant.id)) for each in guests],
            "not_told": await not_told_in_time(db, waiting, session.starts_at, settings(request).zone),
            "booked_by": (await staff_names(db, [session.booked_by_staff_id])).get(session.booked_by_staff_id, ""),
        }
    minutes = int((session.ends_at - session.starts_at).total_seconds() // 60)
    return page(
        request,
        "scheduling/session.html",
        {**context, **offers, "minutes": minutes, "wording": wording},
    )


@routes.post("/sessions/{session_id}/reschedule")
@shown_again_by(show_session)
async def post_reschedule(request: web.Request) -> web.StreamResponse:
    """Move the session; everybody hears of it."""
    actor, ident = staff(request), request.match_info["session_id"]
    form = await read_form(request, MoveForm)
    starts_at = moment_at(form.day, form.clock, settings(request).zone)
    await database(request).write(
        lambda db: reschedule(db, actor, ident, starts_at, form.minutes, form.reason, form.revision)
    )
    raise see_other(f"/sessions/{ident}")


@routes.post("/sessions/{session_id}/cancel")
@shown_again_by(show_session)
async def post_cancel(request: web.Request) -> web.StreamResponse:
    """Cancel the session; everybody hears of it."""
    actor, ident = staff(request), request.match_info["session_id"]
    form = await read_form(request, CancelForm)
    await database(request).write(lambda db: cancel(db, actor, ident, form.reason, form.revision))
    raise see_other(f"/sessions/{ident}")


@routes.post("/sessions/{session_id}/participants/{participant_id}/renew")
async def post_renew(request: web.Request) -> web.StreamResponse:
    """Send a new link; the old one opens nothing any more."""
    actor, ident = staff(request), request.match_info["session_id"]

    async def unit(db: AsyncSession) -> None:
        await renew(db, actor, (await _participant(db, request, actor)).id)

    await database(request).write(unit)
    raise see_other(f"/sessions/{ident}")


@routes.post("/sessions/{session_id}/participants/{participant_id}/revoke")
async def post_revoke(request: web.Request) -> web.StreamResponse:
    """Take the link back at once."""
    actor, ident = staff(request), request.match_info["session_id"]

    async def unit(db: AsyncSession) -> None:
        await revoke(db, actor, (await _participant(db, request, actor)).id)

    await database(request).write(unit)
    raise see_other(f"/sessions/{ident}")


async def _participant(db: AsyncSession, request: web.Request, actor: StaffActor) -> Participant:
    """The participant of the path, of this very session, if the actor may change who comes."""
    session, _case = await session_for(db, actor, request.match_info["session_id"], Action.BOOK)
    participant = await db.get(Participant, request.match_info["participant_id"])
    if participant is None or participant.session_id != session.id:
        raise NotFound("participant_not_found", "This person is not expected at this session.")
    return participant


def _offers(actor: StaffActor, session: MediationSession) -> dict[str, bool]:
    may_book = allowed(actor.roles, Action.BOOK, own=True)
    return {
        "may_book": may_book,
        "may_move": may_book and can(session.state, Command.RESCHEDULE),
        "may_cancel": may_book and can(session.state, Command.CANCEL),
        "may_enter": can(session.state, Command.START) or can(session.state, Command.END),
    }


def _guest_row(guest: Guest, sent: MessageState | None) -> dict[str, Any]:
    participant, invitation = guest.participant, guest.invitation
    return {
        "id": participant.id,
        "name": guest.person.called,
        "side": participant.side.value,
        "role": _(wording.ROLE[participant.role]),
        "required": participant.required,
        "asked": participant.staff_id is None,
        "reply": participant.reply,
        "reply_words": _(wording.REPLY[participant.reply]),
        "reply_note": participant.reply_note,
        "removed": participant.removed_at is not None,
        "link": _link_words(guest),
        "unreached": _unreached_words(sent),
        "revocable": invitation is not None and invitation.revoked_at is None,
        "renewable": invitation is not None and participant.removed_at is None,
    }


def _unreached_words(sent: MessageState | None) -> str:
    """What became of the last message about the session when it did not reach them; empty when nothing is wrong."""
    words = {
        MessageState.WITHHELD: _("please telephone"),
        MessageState.FAILED: _("failed"),
        MessageState.TOO_LATE: _("message came too late"),
    }
    return words.get(sent, "") if sent else ""


def _link_words(guest: Guest) -> str:
    if guest.participant.staff_id:
        return _("comes by login")
    if guest.invitation is None:
        return _("no link yet")
    if guest.invitation.revoked_at:
        return _("link taken back")
    return _("link opened") if guest.invitation.redeemed_at else _("link not opened yet")
