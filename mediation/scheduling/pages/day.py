"""The day: today's sessions, the next one with the way in, what waits, what comes from tomorrow on."""

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from mediation.actor import StaffActor
from mediation.cases import wording as case_wording
from mediation.clock import now
from mediation.i18n import gettext as _
from mediation.i18n import ngettext
from mediation.permissions import Action, allowed, require
from mediation.scheduling import wording
from mediation.scheduling.queries import Planned, sessions_between
from mediation.scheduling.slots import working_windows
from mediation.scheduling.todos import DAY_TODOS, SHOWN, about_missed, about_replies, about_unbooked
from mediation.sessions.kinds import Reply, SessionKind, SessionState
from mediation.sessions.models import Participant
from mediation.web.guards import staff
from mediation.web.keys import database, settings
from mediation.web.responses import page

routes = web.RouteTableDef()

AHEAD = 14  # days shown from tomorrow on
BEHIND = 14  # days in which a session that did not take place is still asked about


@routes.get("/day")
async def show_day(request: web.Request) -> web.Response:
    """The actor's sessions of today, on the workstation's clock, and what else there is to do."""
    actor, zone, moment = staff(request), settings(request).zone, now()
    require(actor, Action.SEE_SESSION)
    midnight, tomorrow = working_windows(moment.astimezone(zone).date(), 1, 0, 24, zone)[0]
    async with database(request).read() as db:
        planned = await sessions_between(db, actor, midnight - timedelta(days=BEHIND), tomorrow + timedelta(days=AHEAD))
        todos = [
            *about_replies([each for each in planned if each.session.ends_at > moment]),
            *about_missed(planned, moment),
        ]
        todos += await about_unbooked(db, actor)
        for function in request.config_dict[DAY_TODOS]:
            todos += await function(db, actor)
    # A session that began yesterday and still runs is today's work.
    today = [
        each
        for each in planned
        if midnight <= each.session.starts_at < tomorrow or each.session.state is SessionState.LIVE
    ]
    later = [
        each for each in planned if each.session.starts_at >= tomorrow and each.session.state is SessionState.BOOKED
    ]
    following = next((each for each in today if _to_come(each, moment)), None)
    context = {
        "moment": moment,
        "today": [_card(each, actor, moment, each is following) for each in today],
        "later": [{"planned": each, "state": _answers(each)} for each in later],
        "todos": sorted(todos, key=lambda todo: -todo.rank)[:SHOWN],
        "more_todos": max(0, len(todos) - SHOWN),
        "summary": _summary(
            len([each for each in today if each.session.state is not SessionState.CANCELLED]), len(todos)
        ),
    }
    return page(request, "scheduling/day.html", context)


def _to_come(each: Planned, moment: datetime) -> bool:
    """Whether it runs, or can still be begun."""
    state = each.session.state
    return state is SessionState.LIVE or (state is SessionState.BOOKED and each.session.ends_at > moment)


def _card(each: Planned, actor: StaffActor, moment: datetime, is_next: bool) -> dict[str, Any]:
    session = each.session
    over = session.state in (SessionState.ENDED, SessionState.CANCELLED)
    return {
        "planned": each,
        "title": f"{each.title} · {_(case_wording.DISPUTE[each.case.dispute_kind])}",
        "detail": _detail(each),
        "next": is_next,
        "past": not is_next and not _to_come(each, moment),
        "running": session.state is SessionState.LIVE,
        "cancelled": session.state is SessionState.CANCELLED,
        "may_write": session.state is SessionState.ENDED and allowed(actor.roles, Action.WRITE_MINUTES, own=True),
        "people": [] if over else _people(each, actor),
    }


def _detail(each: Planned) -> str:
    session = each.session
    if session.kind is SessionKind.CONSULTATION:
        parts = [_(wording.KIND[session.kind])]
    else:
        parts = [_("Session {number}").format(number=session.number), _(wording.MODE[session.mode])]
    if each.protected:
        parts.append(_("kept apart"))
    if session.state in (SessionState.LIVE, SessionState.ENDED, SessionState.CANCELLED):
        parts.append(_(wording.STATE[session.state]))
    return wording.told_together(parts)


def _people(each: Planned, actor: StaffActor) -> list[dict[str, str]]:
    return [
        {"name": guest.person.called, "side": guest.participant.side.value, "role": _state_words(guest.participant)}
        for guest in each.guests
        if guest.participant.removed_at is None and guest.participant.staff_id != actor.staff_id
    ]  # fmt: skip


def _state_words(participant: Participant) -> str:
    """Their answer; of staff who have given none, what they are."""
    if participant.staff_id and participant.reply is Reply.NONE:
        return _(wording.ROLE[participant.role])
    return _(wording.REPLY[participant.reply])


def _answers(each: Planned) -> dict[str, str]:
    """How the people asked have answered, in a few words; `kind` of the tag when somebody has to act."""
    asked = [guest for guest in each.guests if guest.participant.removed_at is None]
    for guest in asked:
        if guest.participant.reply is Reply.OTHER_TIME:
            return {"words": _("{name} asks for another time").format(name=guest.person.called), "kind": "lack"}
        if guest.participant.reply is Reply.DECLINED:
            return {"words": _("{name} can't come").format(name=guest.person.called), "kind": "lack"}
    silent = [guest for guest in asked if guest.participant.reply is Reply.NONE and not guest.participant.staff_id]
    if silent:
        words = ngettext("{count} has not answered", "{count} have not answered", len(silent)).format(count=len(silent))
        return {"words": words, "kind": ""}
    return {"words": _("all {count} come").format(count=len(asked)), "kind": ""}


def _summary(sessions: int, todos: int) -> str:
    first = ngettext("{count} session today", "{count} sessions today", sessions).format(count=sessions)
    if not todos:
        return first
    second = ngettext("{count} thing waits for you", "{count} things wait for you", todos).format(count=todos)
    return wording.told_together([first, second])
