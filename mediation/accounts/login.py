"""Logins of staff: server-side records, revocable, with an idle and an absolute limit."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Login, Staff
from mediation.actor import Role, StaffActor
from mediation.clock import now
from mediation.config import Settings
from mediation.people.models import Person
from mediation.tokens import token_hash


async def resolve_staff(db: AsyncSession, token: str, settings: Settings) -> StaffActor | None:
    """Whose login the cookie's token is; None when there is none, it is over, or the account is suspended."""
    row = (
        await db.execute(
            select(Login, Staff, Person)
            .join(Staff, Staff.id == Login.staff_id)
            .join(Person, Person.id == Staff.person_id)
            .where(Login.token_hash == token_hash(token), Login.ended_at.is_(None), Staff.suspended_at.is_(None))
        )
    ).one_or_none()
    if row is None:
        return None
    login, staff, person = row.tuple()
    moment = now()
    if moment - login.seen_at > settings.login_idle or moment - login.created_at > settings.login_absolute:
        return None
    roles = frozenset(Role(role) for role in staff.roles)
    return StaffActor(staff.id, staff.person_id, staff.organisation_id, roles, login.id, person.called)
