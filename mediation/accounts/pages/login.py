"""Login, logout, password, language."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from mediation.accounts.login import end_overdue_logins, log_in, log_out
from mediation.accounts.navigation import navigation
from mediation.accounts.password_change import change_password
from mediation.accounts.rules import LONGEST_PASSWORD, own_path, username_of
from mediation.accounts.tries import Tries
from mediation.actor import StaffActor
from mediation.config import Settings
from mediation.errors import Invalid, NotAllowed
from mediation.i18n import marked
from mediation.web.forms import read_form, shown_again_by
from mediation.web.guards import staff
from mediation.web.keys import DATABASE, SETTINGS, STAFF_COOKIE, database, settings
from mediation.web.responses import page, see_other, wants_json

routes = web.RouteTableDef()
TRIES = web.AppKey("tries", Tries)
YEAR = 365 * 24 * 3600  # seconds

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Short = Annotated[str, StringConstraints(max_length=100)]
Secret = Annotated[str, StringConstraints(max_length=2 * LONGEST_PASSWORD)]
_DIFFERENT = marked("The two new passwords are not the same.")
_BEFORE_THE_PASSWORD = {"/password", "/logout", "/language", "/healthz"}


@web.middleware
async def password_first(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Whoever came in with a temporary password chooses their own before anything else."""
    actor = request.get("actor")
    waits = isinstance(actor, StaffActor) and actor.must_change_password
    if not waits or request.path in _BEFORE_THE_PASSWORD or request.path.startswith("/static/"):
        return await handler(request)
    if request.method in {"GET", "HEAD"} and not wants_json(request):
        raise see_other("/password")
    raise NotAllowed("must_change_password", "Please choose your own password first.")


async def end_overdue(app: web.Application) -> None:
    """The job that ends logins whose time is over."""
    await app[DATABASE].write(lambda db: end_overdue_logins(db, app[SETTINGS]))


@routes.get("/")
async def show_first_page(request: web.Request) -> web.StreamResponse:
    """The desk begins with the first page that this member of staff may see."""
    actor = request["actor"]
    pages = navigation(actor, settings(request)) if isinstance(actor, StaffActor) else []
    raise see_other(pages[0]["href"] if pages else "/day")


class LoginForm(BaseModel):
    """Name, password, and the page that was asked for."""

    username: Short
    password: Secret
    next: str = "/"


@routes.get("/login")
async def show_login(request: web.Request) -> web.StreamResponse:
    """The form; somebody who is signed in already goes on."""
    wanted = own_path(str(request.query.get("next") or request.get("entered", {}).get("next") or "/"))
    if isinstance(request["actor"], StaffActor) and request.method == "GET":
        raise see_other(wanted)
    return page(request, "accounts/login.html", {"next": wanted})


@routes.post("/login")
@shown_again_by(show_login)
async def post_login(request: web.Request) -> web.StreamResponse:
    """Begin a login; the one that this browser had before ends."""
    form = await read_form(request, LoginForm)
    account, tries = username_of(form.username), request.config_dict[TRIES]
    await tries.count(account, request.remote)
    token = await log_in(database(request), account, form.password)
    await tries.forget(account)
    before = request["actor"]
    if isinstance(before, StaffActor):
        await database(request).write(lambda db: log_out(db, before))
    answer = see_other(own_path(form.next))
    _set_cookie(answer, STAFF_COOKIE, token, settings(request), settings(request).login_absolute.total_seconds())
    raise answer


@routes.post("/logout")
async def post_logout(request: web.Request) -> web.StreamResponse:
    """End the login; harmless without one."""
    actor = request["actor"]
    if isinstance(actor, StaffActor):
        await database(request).write(lambda db: log_out(db, actor))
    answer = see_other("/login")
    answer.del_cookie(STAFF_COOKIE, path="/")
    raise answer


class LanguageForm(BaseModel):
    """The language, and the page to come back to."""

    lang: Literal["zh", "en"]
    next: str = "/"


@routes.post("/language")
async def post_language(request: web.Request) -> web.StreamResponse:
    """Remember the reader's language in this browser."""
    form = await read_form(request, LanguageForm)
    answer = see_other(own_path(form.next))
    _set_cookie(answer, "lang", form.lang, settings(request), YEAR)
    raise answer


class PasswordForm(BaseModel):
    """The old password, and the new one twice."""

    old: Secret
    new: Secret
    again: Secret


@routes.get("/password")
async def show_password(request: web.Request) -> web.StreamResponse:
    """The form to change one's own password."""
    return page(
        request,
        "accounts/password.html",
        {"first": staff(request).must_change_password, "done": "done" in request.query},
    )


@routes.post("/password")
@shown_again_by(show_password)
async def post_password(request: web.Request) -> web.StreamResponse:
    """Take the new password; the account's other logins end."""
    actor, form = staff(request), await read_form(request, PasswordForm)
    await request.config_dict[TRIES].count(f"password of {actor.staff_id}", request.remote)
    if form.new != form.again:
        raise Invalid("passwords_differ", _DIFFERENT, fields={"again": _DIFFERENT})
    await change_password(database(request), actor, form.old, form.new)
    raise see_other("/" if actor.must_change_password else "/password?done")


def _set_cookie(answer: web.Response, name: str, value: str, configured: Settings, seconds: float) -> None:
    answer.set_cookie(
        name, value, max_age=int(seconds), path="/", httponly=True, samesite="Lax", secure=configured.secure
    )
