"""Reads of staff accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Login, Staff
from mediation.actor import Actor, StaffActor
from mediation.errors import NotFound
from mediation.people.models import Person
from mediation.permissions import Action, require


@dataclass(frozen=True)
class Account:
    """A staff account as the administrator sees it."""

    staff: Staff
    person: Person
    logins: int
    seen_at: datetime | None


async def staff_for(db: AsyncSession, actor: Actor, staff_id: str, *, lock: bool = False) -> Staff:
    """The account, if the actor manages staff and it is of the actor's organisation.

    Raises NotAllowed; NotFound when it is not of theirs (whether it exists stays unknown).
    """
    require(actor, Action.MANAGE_STAFF)
    found = select(Staff).where(Staff.id == staff_id)
    if isinstance(actor, StaffActor):
        found = found.where(Staff.organisation_id == actor.organisation_id)
    staff = await db.scalar(found.with_for_update() if lock else found)
    if staff is None:
        raise NotFound("staff_not_found", "There is no such account.")
    return staff


async def accounts(db: AsyncSession, actor: StaffActor, staff_id: str | None = None) -> Sequence[Account]:
    """The accounts of the actor's organisation, or the one with `staff_id`, by name.

    Raises NotAllowed.
    """
    require(actor, Action.MANAGE_STAFF)
    still_open = func.count(Login.id).filter(Login.ended_at.is_(None))
    found = (
        select(Staff, Person, still_open, func.max(Login.seen_at))
        .join(Person, Person.id == Staff.person_id)
        .outerjoin(Login, Login.staff_id == Staff.id)
        .where(Staff.organisation_id == actor.organisation_id)
        .group_by(Staff.id, Person.id)
        .order_by(Staff.suspended_at.is_not(None), Person.name, Staff.id)
    )
    rows = await db.execute(found.where(Staff.id == staff_id) if staff_id else found)
    return [Account(*row) for row in rows]
