"""The administrator's list of staff: add, roles, suspend, resume, temporary password, end logins."""

from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.password_change import reset_password
from mediation.accounts.passwords import new_password, random_password
from mediation.accounts.queries import Account, accounts
from mediation.accounts.rules import username_of
from mediation.accounts.staff import add_staff, as_seen, end_logins_of, resume, set_roles, suspend
from mediation.actor import Role, StaffActor
from mediation.errors import NotFound
from mediation.i18n import gettext, marked
from mediation.permissions import Action, require
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import database
from mediation.web.responses import page, see_other

routes = web.RouteTableDef()

Text = Annotated[str, StringConstraints(max_length=254)]
ROLE_NAMES = {
    Role.MEDIATOR: marked("Mediator"),
    Role.JUDGE: marked("Judge"),
    Role.FEDERATION: marked("Federation worker"),
    Role.ARCHIVIST: marked("Workstation staff (archive)"),
    Role.ADMIN: marked("Administrator"),
}


@routes.get("/staff")
async def show_staff(request: web.Request) -> web.StreamResponse:
    """Everybody who has an account in the administrator's organisation."""
    actor = staff(request)
    async with database(request).read() as db:
        found = await accounts(db, actor)
    return page(request, "accounts/staff.html", {"accounts": found, "role_names": _role_names()})


class NewStaffForm(BaseModel):
    """Who gets an account, and what for. The workstation makes the first password."""

    name: Text
    called: Text = ""
    username: Text
    title: Text = ""
    email: Text | None = None
    roles: list[Role] = Field(default_factory=list)


@routes.get("/staff/new")
async def show_new(request: web.Request) -> web.StreamResponse:
    """The form for a new account."""
    require(staff(request), Action.MANAGE_STAFF)
    return page(request, "accounts/staff_new.html", {"role_names": _role_names()})


@routes.post("/staff/new")
@shown_again_by(show_new)
async def post_new(request: web.Request) -> web.StreamResponse:
    """Add the account and show its temporary password, once."""
    actor, form = staff(request), await read_form(request, NewStaffForm)
    require(actor, Action.MANAGE_STAFF)
    username = username_of(form.username)
    password = random_password(username)
    hashed = await new_password(password, username)
    added = await database(request).write(
        lambda db: add_staff(
            db, actor, actor.organisation_id, form.name, form.called, form.username, form.roles, form.title,
            hashed, form.email, must_change_password=True,
        )
    )  # fmt: skip
    return await _tell_password(request, actor, added.id, password)


@routes.get("/staff/{staff_id}")
async def show_one(request: web.Request) -> web.StreamResponse:
    """One account: its roles and what can be done with it."""
    actor = staff(request)
    account = await _account(request, actor, request.match_info["staff_id"])
    own = account.staff.id == actor.staff_id
    shown = {"account": account, "seen": as_seen(account.staff), "own": own, "role_names": _role_names()}
    return page(request, "accounts/staff_one.html", shown)


class RolesForm(BaseModel):
    """What an account is for, and what it was for when the form was shown."""

    seen: Text = ""
    title: Text = ""
    roles: list[Role] = Field(default_factory=list)


@routes.post("/staff/{staff_id}")
@shown_again_by(show_one)
async def post_roles(request: web.Request) -> web.StreamResponse:
    """Change roles and title."""
    actor, form, ident = staff(request), await read_form(request, RolesForm), request.match_info["staff_id"]
    await database(request).write(lambda db: set_roles(db, actor, ident, form.roles, form.title, form.seen))
    raise see_other("/staff")


@routes.post("/staff/{staff_id}/password")
@shown_again_by(show_one)
async def post_reset(request: web.Request) -> web.StreamResponse:
    """Make a temporary password and show it, once."""
    actor, ident = staff(request), request.match_info["staff_id"]
    password = await reset_password(database(request), actor, ident)
    return await _tell_password(request, actor, ident, password)


@routes.post("/staff/{staff_id}/suspend")
@shown_again_by(show_one)
async def post_suspend(request: web.Request) -> web.StreamResponse:
    """Suspend the account."""
    await _do(request, suspend)


@routes.post("/staff/{staff_id}/resume")
@shown_again_by(show_one)
async def post_resume(request: web.Request) -> web.StreamResponse:
    """Let the account be used again."""
    await _do(request, resume)


@routes.post("/staff/{staff_id}/logins/end")
@shown_again_by(show_one)
async def post_end_logins(request: web.Request) -> web.StreamResponse:
    """End every login of the account."""
    await _do(request, end_logins_of)


async def _do(request: web.Request, verb: Callable[[AsyncSession, StaffActor, str], Awaitable[object]]) -> NoReturn:
    actor, ident = staff(request), request.match_info["staff_id"]
    await database(request).write(lambda db: verb(db, actor, ident))
    raise see_other(f"/staff/{ident}")


async def _account(request: web.Request, actor: StaffActor, staff_id: str) -> Account:
    async with database(request).read() as db:
        found = await accounts(db, actor, staff_id)
    if not found:
        raise NotFound("staff_not_found", "There is no such account.")
    return found[0]


async def _tell_password(request: web.Request, actor: StaffActor, staff_id: str, password: str) -> web.Response:
    account = await _account(request, actor, staff_id)
    return page(request, "accounts/temporary_password.html", {"account": account, "password": password})


def _role_names() -> dict[str, str]:
    return {role.value: gettext(name) for role, name in ROLE_NAMES.items()}
