"""Staff accounts: add, give roles, suspend and resume, end logins."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.login import end_logins
from mediation.accounts.models import Login, Staff
from mediation.accounts.passwords import NewPassword
from mediation.accounts.queries import staff_for
from mediation.accounts.rules import username_of, username_wrong
from mediation.actor import Actor, Role, StaffActor
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Conflict, Invalid, NotAllowed
from mediation.i18n import marked
from mediation.journal.record import record
from mediation.people.details import fill
from mediation.people.models import Person
from mediation.permissions import Action, require

LONGEST_TITLE = 40
_LONG = marked("This is too long.")


async def add_staff(
    db: AsyncSession,
    actor: Actor,
    organisation_id: str,
    name: str,
    called: str,
    username: str,
    roles: Collection[Role],
    title: str,
    password: NewPassword,
    email: str | None = None,
    *,
    must_change_password: bool = False,
) -> Staff:
    """A new account, and its person in the directory; `password` was made for this login name.

    Raises NotAllowed for another organisation than the actor's own, Invalid("invalid_staff", "invalid_person") with a
    sentence per field, Conflict("username_taken").
    """
    require(actor, Action.MANAGE_STAFF)
    if isinstance(actor, StaffActor) and actor.organisation_id != organisation_id:
        raise NotAllowed()
    username = username_of(username)
    _check(username, password.wrong, roles, title)
    if await db.scalar(select(Staff.id).where(Staff.username == username)):
        raise _taken()
    person = Person(name="", called="", created_at=now(), organisation_id=organisation_id)
    fill(person, {"name": name, "called": called, "email": email})
    db.add(person)
    await db.flush()
    staff = Staff(
        person_id=person.id, organisation_id=organisation_id, username=username, roles=_sorted(roles),
        password_hash=password.hash, title=title.strip(), must_change_password=must_change_password,
        created_at=now(),
    )  # fmt: skip
    db.add(staff)
    try:
        await db.flush()
    except IntegrityError:  # somebody else took the name since we looked
        raise _taken() from None
    record(db, actor, "staff_added", subject=staff.id, roles=staff.roles)
    return staff


def as_seen(staff: Staff) -> str:
    """What the account is for at this moment, for a form to carry."""
    return " ".join([*staff.roles, staff.title]).strip()


async def set_roles(
    db: AsyncSession, actor: Actor, staff_id: str, roles: Collection[Role], title: str, seen: str | None = None
) -> None:
    """Change what the account is for. Sockets close, so that nothing old stays permitted.

    `seen` is `as_seen` of the account as the actor saw it. Raises Invalid("invalid_staff"), Conflict("own_account")
    when administrators would take their own role away, Conflict("staff_changed") when somebody else was faster.
    """
    staff = await staff_for(db, actor, staff_id, lock=True)
    if seen not in (None, as_seen(staff)):
        raise Conflict("staff_changed", "Somebody else has changed this in the meantime. What you wrote is still here.")
    _check(staff.username, None, roles, title)
    if isinstance(actor, StaffActor) and staff.id == actor.staff_id and Role.ADMIN not in roles:
        raise _own_account()
    staff.roles, staff.title = _sorted(roles), title.strip()
    record(db, actor, "staff_roles_set", subject=staff.id, roles=staff.roles)
    touched(db, "staff", staff.id)


async def suspend(db: AsyncSession, actor: Actor, staff_id: str) -> None:
    """Nobody gets in by this account until it is resumed; what it has open is closed at once.

    Raises Conflict("already_suspended", "own_account").
    """
    staff = await staff_for(db, actor, staff_id, lock=True)
    if isinstance(actor, StaffActor) and staff.id == actor.staff_id:
        raise _own_account()
    if staff.suspended_at:
        raise Conflict("already_suspended")
    staff.suspended_at = now()
    await end_logins(db, Login.staff_id == staff.id)
    record(db, actor, "staff_suspended", subject=staff.id)
    touched(db, "staff", staff.id)


async def resume(db: AsyncSession, actor: Actor, staff_id: str) -> None:
    """The account may be used again.

    Raises Conflict("not_suspended").
    """
    staff = await staff_for(db, actor, staff_id, lock=True)
    if staff.suspended_at is None:
        raise Conflict("not_suspended")
    staff.suspended_at = None
    record(db, actor, "staff_resumed", subject=staff.id)


async def end_logins_of(db: AsyncSession, actor: Actor, staff_id: str) -> int:
    """End every login of the account (a lost laptop); gives how many there were."""
    staff = await staff_for(db, actor, staff_id, lock=True)
    ended = await end_logins(db, Login.staff_id == staff.id)
    record(db, actor, "staff_logins_ended", subject=staff.id, count=len(ended))
    return len(ended)


def _check(username: str, password_wrong: str | None, roles: Collection[Role], title: str) -> None:
    wrong = {
        "username": username_wrong(username),
        "password": password_wrong,
        "roles": None if roles else marked("Choose at least one role."),
        "title": _LONG if len(title) > LONGEST_TITLE else None,
    }
    fields = {name: sentence for name, sentence in wrong.items() if sentence}
    if fields:
        raise Invalid("invalid_staff", fields=fields)


def _sorted(roles: Collection[Role]) -> list[str]:
    return [role.value for role in Role if role in roles]


def _taken() -> Conflict:
    sentence = marked("Somebody has this login name already.")
    return Conflict("username_taken", sentence, fields={"username": sentence})


def _own_account() -> Conflict:
    return Conflict("own_account", "You can't do this to your own account.")
