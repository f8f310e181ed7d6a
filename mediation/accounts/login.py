"""Logins of staff: server-side records, revocable, with an idle and an absolute limit."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from mediation.accounts.models import Login, Staff
from mediation.accounts.passwords import matches
from mediation.accounts.rules import REFRESH_AFTER, login_over, username_of
from mediation.actor import SYSTEM, Role, StaffActor
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database, touched
from mediation.errors import Invalid
from mediation.journal.record import record
from mediation.people.models import Person
from mediation.tokens import new_token, token_hash


async def log_in(database: Database, username: str, password: str) -> str:
    """Begin a login; gives the secret for the cookie.

    Takes the database, not a unit of work: the password is verified between two transactions, since nothing may
    wait for it with a lock held. An unknown name, a suspended account and a wrong password cost the same work and
    get the same answer.

    Raises Invalid("wrong_login").
    """
    async with database.read() as db:
        staff = await db.scalar(select(Staff).where(Staff.username == username_of(username)))
    right = await matches(staff.password_hash if staff else None, password)
    token = await database.write(lambda db: _begin(db, staff, right))
    if token is None:
        raise Invalid("wrong_login", "The name or the password is not right.")
    return token


async def _begin(db: AsyncSession, checked: Staff | None, right: bool) -> str | None:
    staff = await db.get(Staff, checked.id, with_for_update=True) if checked else None
    # Read again: the account may have been suspended or given another password while this one was verified.
    same = staff is not None and checked is not None and staff.password_hash == checked.password_hash
    if staff is None or not (right and same) or staff.suspended_at:
        record(db, SYSTEM, "login_refused", subject=staff.id if staff else None)
        return None
    token, moment = new_token(), now()
    login = Login(staff_id=staff.id, token_hash=token_hash(token), created_at=moment, seen_at=moment)
    db.add(login)
    await db.flush()
    record(db, _actor(staff, login, ""), "logged_in", subject=staff.id)
    return token


async def log_out(db: AsyncSession, actor: StaffActor) -> None:
    """End the actor's own login and close what it has open."""
    await end_logins(db, Login.id == actor.login_id)
    record(db, actor, "logged_out", subject=actor.staff_id)


async def end_logins(db: AsyncSession, *which: ColumnElement[bool]) -> Collection[str]:
    """End all logins still open for which the conditions hold; gives their ids."""
    ended = update(Login).where(Login.ended_at.is_(None), *which).values(ended_at=now()).returning(Login.id)
    ids = (await db.scalars(ended)).all()
    for ident in ids:
        touched(db, "login", ident)
    return ids


async def resolve_staff(db: AsyncSession, token: str, settings: Settings) -> StaffActor | None:
    """Whose login the cookie's token is; None when there is none, it is over, or the account is suspended.

    Somebody who has to change the password first holds no role until then.
    """
    row = (
        await db.execute(
            select(Login, Staff, Person.called)
            .join(Staff, Staff.id == Login.staff_id)
            .join(Person, Person.id == Staff.person_id)
            .where(Login.token_hash == token_hash(token), Login.ended_at.is_(None), Staff.suspended_at.is_(None))
        )
    ).one_or_none()
    if row is None:
        return None
    login, staff, called = row
    moment = now()
    if login_over(login.created_at, login.seen_at, moment, settings.login_idle, settings.login_absolute):
        return None
    if moment - login.seen_at > REFRESH_AFTER:
        await _refresh(db, login.id, moment)
    return _actor(staff, login, called)


async def still_here(db: AsyncSession, login_id: str) -> None:
    """Somebody is using this login without asking for pages, in a live session: it is not idle."""
    moment = now()
    due = Login.seen_at < moment - REFRESH_AFTER
    await db.execute(update(Login).where(Login.id == login_id, due).values(seen_at=moment))


async def end_overdue_logins(db: AsyncSession, settings: Settings) -> None:
    """End the logins whose time is over, so that what they have open is closed too."""
    moment = now()
    idle, old = moment - settings.login_idle, moment - settings.login_absolute
    await end_logins(db, or_(Login.seen_at < idle, Login.created_at < old))


async def _refresh(db: AsyncSession, login_id: str, moment: datetime) -> None:
    due = Login.seen_at < moment - REFRESH_AFTER
    seen = update(Login).where(Login.id == login_id, due).values(seen_at=moment)
    if db.info.get("write"):
        await db.execute(seen)
        return
    # A transaction of its own, since a reader's is rolled back. The reader, who changed nothing, gives its connection
    # back first: as many readers as the pool has connections would otherwise all wait for one more.
    await db.commit()
    engine = db.bind
    assert isinstance(engine, AsyncEngine)
    async with engine.begin() as connection:
        await connection.execute(seen)


def _actor(staff: Staff, login: Login, called: str) -> StaffActor:
    roles = frozenset[Role]() if staff.must_change_password else frozenset(map(Role, staff.roles))
    return StaffActor(
        staff.id,
        staff.person_id,
        staff.organisation_id,
        roles,
        login.id,
        called,
        must_change_password=staff.must_change_password,
    )
