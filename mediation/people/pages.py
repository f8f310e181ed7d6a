"""The person directory: find, add, look, change; contact data in full; keep two persons apart."""

from datetime import time
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from mediation.actor import StaffActor
from mediation.i18n import gettext, marked
from mediation.people.details import Details
from mediation.people.directory import add_person, as_seen, edit_person, show_contact
from mediation.people.models import Channel
from mediation.people.protection import end_protection
from mediation.people.queries import pairs_of, person_for, search_people
from mediation.people.rules import masked_email, masked_phone, told_phone
from mediation.permissions import Action, allowed, require
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import database
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()

Text = Annotated[str, StringConstraints(max_length=500)]
CHANNELS = {
    Channel.EMAIL: marked("By e-mail"),
    Channel.SMS: marked("By text message"),
    Channel.NONE: marked("Only by telephone or in person"),
}


@routes.get("/people")
async def show_people(request: web.Request) -> web.StreamResponse:
    """The directory of the actor's organisation, searched and paged."""
    actor, text = staff(request), request.query.get("q", "").replace("\x00", "").strip()[:80]
    number = _number(request.query.get("page", ""))
    async with database(request).read() as db:
        people, pages = await search_people(db, actor, text, number)
    return page(
        request,
        "people/list.html",
        {"people": people, "q": text, "page": number, "pages": pages, "masked_phone": masked_phone},
    )


class PersonForm(BaseModel):
    """What staff fill in about a person. An empty phone, e-mail, address or identity number leaves what is stored."""

    name: Text
    called: Text = ""
    phone: Text | None = None
    email: Text | None = None
    address: Text | None = None
    identity_number: Text | None = None
    locale: Literal["zh", "en"] = "zh"
    elder: bool = False
    safe_channel: Channel = Channel.EMAIL
    safe_from: time | None = None
    safe_until: time | None = None
    neutral_wording: bool = False
    seen: Text = ""
    forget: list[Literal["phone", "email", "address", "identity_number"]] = Field(default_factory=list)

    def details(self) -> Details:
        """What to store: what was filled in, and nothing where it is to be forgotten."""
        details = Details(
            name=self.name, called=self.called, locale=self.locale, elder=self.elder, safe_channel=self.safe_channel,
            safe_from=self.safe_from, safe_until=self.safe_until, neutral_wording=self.neutral_wording,
        )  # fmt: skip
        for name in ("phone", "email", "address", "identity_number"):
            entered = getattr(self, name)
            if entered or name in self.forget:
                details[name] = entered
        return details


@routes.get("/people/new")
async def show_new(request: web.Request) -> web.StreamResponse:
    """The form for somebody new."""
    require(staff(request), Action.EDIT_PEOPLE)
    return page(request, "people/form.html", {"person": None, **_form_texts()})


@routes.post("/people/new")
@shown_again_by(show_new)
async def post_new(request: web.Request) -> web.StreamResponse:
    """Add somebody to the directory."""
    actor, form = staff(request), await read_form(request, PersonForm)
    person = await database(request).write(lambda db: add_person(db, actor, **form.details()))
    raise see_other(f"/people/{person.id}")


@routes.get("/people/{person_id}")
async def show_person(request: web.Request) -> web.StreamResponse:
    """One person: how to reach them safely, from whom they are kept apart."""
    return await _person_page(request, staff(request))


@routes.get("/people/{person_id}/edit")
async def show_edit(request: web.Request) -> web.StreamResponse:
    """The form to change what is known; contact data stay masked in it."""
    async with database(request).read() as db:
        person = await person_for(db, staff(request), request.match_info["person_id"])
        seen = as_seen(db, person)
    return page(request, "people/form.html", {"person": person, "seen": seen, **_form_texts()})


@routes.post("/people/{person_id}/edit")
@shown_again_by(show_edit)
async def post_edit(request: web.Request) -> web.StreamResponse:
    """Change what is known of a person."""
    actor, form, ident = staff(request), await read_form(request, PersonForm), request.match_info["person_id"]
    await database(request).write(lambda db: edit_person(db, actor, ident, seen=form.seen, **form.details()))
    raise see_other(f"/people/{ident}")


@routes.post("/people/{person_id}/contact")
async def post_contact(request: web.Request) -> web.StreamResponse:
    """Show phone, e-mail and address in full, this once; the journal says who looked."""
    actor, ident = staff(request), request.match_info["person_id"]
    await database(request).write(lambda db: show_contact(db, actor, ident))
    return await _person_page(request, actor, in_full=True)


class PairForm(BaseModel):
    """With whom, and why."""

    other_id: Text
    reason: Text


# Adding a pair is POST /people/{person_id}/protect in live/pages.py: it parts those who sit together at this moment.


@routes.post("/people/{person_id}/protect/end")
@shown_again_by(show_person)
async def post_end_protection(request: web.Request) -> web.StreamResponse:
    """The two need no longer be kept apart."""
    actor, form, ident = staff(request), await read_form(request, PairForm), request.match_info["person_id"]
    await database(request).write(lambda db: end_protection(db, actor, ident, form.other_id, form.reason))
    raise see_other(f"/people/{ident}#apart")


async def _person_page(request: web.Request, actor: StaffActor, in_full: bool = False) -> web.Response:
    ident = request.match_info["person_id"]
    wanted = request.query.get("with", "").replace("\x00", "").strip()[:80]
    async with database(request).read() as db:
        person = await person_for(db, actor, ident)
        pairs = await pairs_of(db, actor, ident)
        apart = {ident, *(other.id for _, other in pairs)}
        found = (await search_people(db, actor, wanted))[0] if wanted else []
    return page(
        request,
        "people/person.html",
        {
            "person": person,
            "pairs": pairs,
            "wanted": wanted,
            "candidates": [other for other in found if other.id not in apart],
            "phone": told_phone(person.phone) if in_full and person.phone else masked_phone(person.phone),
            "email": person.email if in_full else masked_email(person.email),
            "in_full": in_full,
            "may_see_contact": allowed(actor.roles, Action.SEE_CONTACT, own=True),
            "channel": gettext(CHANNELS[person.safe_channel]),
            "masked_phone": masked_phone,
        },
    )


def _form_texts() -> dict[str, object]:
    return {
        "channels": [(channel.value, gettext(name)) for channel, name in CHANNELS.items()],
        "masked_phone": masked_phone,
        "masked_email": masked_email,
    }


def _number(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
