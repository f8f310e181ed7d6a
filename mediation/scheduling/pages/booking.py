"""Book a session of a case: who comes, how, when; with what is known of who is free."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from aiohttp import web
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.cases.access import case_for
from mediation.cases.models import CaseFile
from mediation.cases.queries import titles_of
from mediation.clock import now
from mediation.config import Settings
from mediation.errors import Invalid
from mediation.i18n import gettext as _
from mediation.i18n import marked, moments
from mediation.people.queries import protected_among
from mediation.permissions import Action
from mediation.scheduling import wording
from mediation.scheduling.booking import book
from mediation.scheduling.candidates import Candidate, Coming, candidates, chosen, coming, looked_at
from mediation.scheduling.day_strip import Hours, chosen_minutes
from mediation.scheduling.local_time import moment_at
from mediation.scheduling.options import free_on, not_free, proposed_times
from mediation.scheduling.queries import next_number
from mediation.scheduling.reaching import not_told_in_time
from mediation.scheduling.rules import Span, session_span
from mediation.sessions.kinds import Mode, SessionKind
from mediation.sessions.rules import Expected
from mediation.tokens import new_token
from mediation.web.forms import entered_values, read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import database, settings
from mediation.web.once import once
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()

OWN_TIME = "own"  # value of the field `slot` when the time is typed in
SHOWN = 3  # proposed times in sight; the rest unfolds
LENGTHS = (30, 45, 60, 90, 120)  # minutes
USUAL_LENGTH = 60
_TIME_NEEDED = marked("Please choose a time.")


class BookingForm(BaseModel):
    """What is posted, besides the fields of the people."""

    kind: SessionKind = SessionKind.MEDIATION
    mode: Mode = Mode.JOINT
    minutes: int = USUAL_LENGTH
    slot: str = Field("", max_length=40)
    day: date | None = None
    clock: time | None = None
    question: str = Field("", max_length=2000)
    once: str = Field("", max_length=100)


@dataclass(frozen=True)
class Look:
    """What the page is about: the form so far, and who would come."""

    kind: SessionKind
    mode: Mode
    minutes: int
    offered: list[Candidate]
    coming: dict[str, Coming]
    expected: list[Expected]


@routes.get("/cases/{case_id}/sessions/new")
async def show_booking(request: web.Request) -> web.Response:
    """The form; its state is in the query, so that it works without a script: every look at the times is a GET."""
    actor, configured = staff(request), settings(request)
    entered = {**request.query, **request.get("entered", {})}
    async with database(request).read() as db:
        case = await case_for(db, actor, request.match_info["case_id"], Action.BOOK)
        look = _look(entered, await _offered(db, request, case, entered))
        context = {
            "case": case,
            "title": (await titles_of(db, [case.id])).get(case.id, case.number),
            "number": await next_number(db, case.id),
            "protected": bool(await protected_among(db, [each.person_id for each in look.expected])),
            "look": look,
            **await _times(db, look, entered, configured),
        }
    return page(
        request,
        "scheduling/book.html",
        {
            **context,
            "asked": entered,
            "wording": wording,
            "shown": SHOWN,
            "lengths": [(str(each), _("{number} min").format(number=each)) for each in LENGTHS],
            "once": entered.get("once") or new_token(),
        },
    )


@routes.post("/cases/{case_id}/sessions/new")
@shown_again_by(show_booking)
async def post_booking(request: web.Request) -> web.StreamResponse:
    """Book, and go to the session's page. The same form again goes to the same page and books nothing."""
    actor, case_id = staff(request), request.match_info["case_id"]
    form = await read_form(request, BookingForm)
    entered = await entered_values(request)
    starts_at = _starts_at(form, settings(request))

    async def perform(db: AsyncSession) -> str:
        session = await book(
            db, actor, case_id, kind=form.kind, mode=form.mode, starts_at=starts_at, minutes=form.minutes,
            expected=await chosen(db, entered), question=form.question,
        )  # fmt: skip
        return f"/sessions/{session.id}"

    raise see_other(await database(request).write(lambda db: once(db, actor, form.once, lambda: perform(db))))


@routes.get("/cases/{case_id}/free-busy")
async def free_busy(request: web.Request) -> web.Response:
    """For the page's script: the free minutes of everybody chosen on one day, never with what they are busy."""
    actor, configured = staff(request), settings(request)
    async with database(request).read() as db:
        case = await case_for(db, actor, request.match_info["case_id"], Action.BOOK)
        look = _look(request.query, await _offered(db, request, case, request.query))
        picked = _picked(look, request.query, configured)
        day = _day(picked, request.query, configured)
        free = await free_on(db, [each.person_id for each in look.expected], day, _hours(configured))
        names = await not_free(db, _coming(look), picked) if picked else []
        late = await not_told_in_time(db, _called(look), picked[0], configured.zone) if picked else ""
    answer = {
        "title": _strip_title(day, configured),
        "first": configured.sessions_from_hour * 60,
        "last": configured.sessions_until_hour * 60,
        "chosen": chosen_minutes(picked, day, _hours(configured)) if picked else None,
        "people": [{"person_id": person, "free": spans, "words": _free_words(spans)} for person, spans in free.items()],
        "not_free": _not_free_sentence(names),
        "not_told": late,
    }
    return web.json_response(answer)


async def _offered(
    db: AsyncSession, request: web.Request, case: CaseFile, entered: Mapping[str, str]
) -> list[Candidate]:
    return await candidates(db, case, staff(request), _one_of(SessionKind, entered.get("kind"), SessionKind.MEDIATION))


def _look(entered: Mapping[str, str], offered: list[Candidate]) -> Look:
    """The form so far. A look changes nothing, so odd values fall back to what is usual; the POST refuses them."""
    try:
        expected = looked_at(entered, offered)
        answers = {each.field: coming(entered, each) for each in offered}
    except Invalid:
        expected, answers = looked_at({}, offered), {each.field: each.proposed for each in offered}
    minutes = entered.get("minutes", "")
    return Look(
        _one_of(SessionKind, entered.get("kind"), SessionKind.MEDIATION),
        _one_of(Mode, entered.get("mode"), Mode.JOINT),
        int(minutes) if minutes in map(str, LENGTHS) else USUAL_LENGTH,
        offered,
        answers,
        expected,
    )


async def _times(db: AsyncSession, look: Look, entered: Mapping[str, str], configured: Settings) -> dict[str, Any]:
    """The proposed times, the one that is picked, and who is free on its day."""
    called = {each.expected.person_id: each.called for each in look.offered}
    hours, length = _hours(configured), timedelta(minutes=look.minutes)
    proposed = await proposed_times(db, look.expected, called, length, hours, now())
    picked = _picked(look, entered, configured)
    if picked is None and proposed and entered.get("slot") != OWN_TIME:
        picked = proposed[0].span
    day = _day(picked, entered, configured)
    free = await free_on(db, [each.person_id for each in look.expected], day, hours)
    taken = await not_free(db, _coming(look), picked) if picked else []
    late = await not_told_in_time(db, _called(look), picked[0], configured.zone) if picked else ""
    return {
        "proposed": proposed,
        "picked": picked[0] if picked else None,
        "strip": [
            {"name": each.called, "side": each.expected.side.value, "free": free[each.expected.person_id],
             "words": _free_words(free[each.expected.person_id])}
            for each in _coming(look)
        ],
        "strip_title": _strip_title(day, configured),
        "strip_chosen": chosen_minutes(picked, day, hours) if picked else None,
        "hours": hours,
        "taken": _not_free_sentence(taken),
        "not_told": late,
    }  # fmt: skip


def _picked(look: Look, entered: Mapping[str, str], configured: Settings) -> Span | None:
    """The time that the form names so far, if it can be used."""
    try:
        form = BookingForm.model_validate({name: value for name, value in entered.items() if value != ""})
        return session_span(_starts_at(form, configured), look.minutes, now())
    except (ValueError, Invalid):
        return None


def _starts_at(form: BookingForm, configured: Settings) -> datetime:
    """The proposed time that was picked, or the one typed in, on the workstation's clock."""
    if form.slot not in ("", OWN_TIME):
        try:
            proposed = datetime.fromisoformat(form.slot)
            if proposed.tzinfo is not None:
                return proposed
        except ValueError:
            pass
        raise Invalid("invalid_form", _TIME_NEEDED, fields={"slot": _TIME_NEEDED})
    if form.day is None or form.clock is None:
        missing = "slot" if form.day is None and form.clock is None else ("day" if form.day is None else "clock")
        raise Invalid("time_needed", _TIME_NEEDED, fields={missing: _TIME_NEEDED})
    return moment_at(form.day, form.clock, configured.zone)


def _day(picked: Span | None, entered: Mapping[str, str], configured: Settings) -> date:
    """The day to look at: of the picked time, or as typed in, or today."""
    if picked:
        return picked[0].astimezone(configured.zone).date()
    today = now().astimezone(configured.zone).date()
    try:
        typed = date.fromisoformat(entered.get("day", ""))
    except ValueError:
        return today
    return typed if abs((typed - today).days) <= 366 else today


def _coming(look: Look) -> list[Candidate]:
    return [each for each in look.offered if look.coming[each.field] is not Coming.NOT]


def _called(look: Look) -> dict[str, str]:
    return {each.expected.person_id: each.called for each in _coming(look)}


def _hours(configured: Settings) -> Hours:
    return Hours(configured.sessions_from_hour, configured.sessions_until_hour, configured.zone)


def _strip_title(day: date, configured: Settings) -> str:
    return _("{day}: who is free").format(day=moments.day(day, configured.zone))


def _free_words(free: list[tuple[int, int]]) -> str:
    spans = [f"{a // 60}:{a % 60:02d}–{b // 60}:{b % 60:02d}" for a, b in free]
    return _("free {times}").format(times=wording.listed(spans)) if spans else _("not free")


def _not_free_sentence(names: list[str]) -> str:
    return _("Not free at this time: {names}.").format(names=wording.listed(names)) if names else ""


def _one_of(kind: Any, value: object, usual: Any) -> Any:
    # In a list, not a set: what is shown again after a refusal may be anything.
    return kind(value) if value in list(kind) else usual
