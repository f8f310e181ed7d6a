"""Reads of the person directory that other slices share."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor, StaffActor
from mediation.errors import NotFound
from mediation.people.models import Person, ProtectedPair
from mediation.people.rules import phone_of
from mediation.permissions import Action, require

PAGE = 30  # people on one page of the directory


async def person_for(
    db: AsyncSession, actor: Actor, person_id: str, action: Action = Action.EDIT_PEOPLE, *, lock: bool = False
) -> Person:
    """The person, if the actor may do `action` and the person is in the directory of the actor's organisation.

    Raises NotAllowed; NotFound when there is none there (whether another directory has them stays unknown).
    """
    require(actor, action)
    found = select(Person).where(Person.id == person_id, of_directory(actor))
    person = await db.scalar(found.with_for_update() if lock else found)
    if person is None:
        raise NotFound("person_not_found", "There is no such person in your directory.")
    return person


def of_directory(actor: Actor) -> ColumnElement[bool]:
    """Persons whom the actor's organisation entered; all of them for the workstation itself."""
    return Person.organisation_id == actor.organisation_id if isinstance(actor, StaffActor) else true()


def people_of(actor: Actor) -> Select[str]:
    """The ids of everybody in the directory of the actor's organisation, its own staff included."""
    return select(Person.id).where(of_directory(actor))


async def search_people(db: AsyncSession, actor: Actor, text: str, page: int = 1) -> tuple[Sequence[Person], int]:
    """The people of the directory by part of a name, by a whole phone number or its last four digits; how many pages.

    A phone is not found by any other part, so that a masked number can't be guessed digit by digit.
    """
    require(actor, Action.EDIT_PEOPLE)
    wanted = [of_directory(actor)]
    if text:
        same = [Person.name.contains(text, autoescape=True), Person.called.contains(text, autoescape=True)]
        if phone := phone_of(text):
            same.append(Person.phone.in_({phone, text}))
        elif len(text) == 4 and text.isdigit():
            same.append(Person.phone.endswith(text, autoescape=True))
        wanted.append(or_(*same))
    count = await db.scalar(select(func.count()).select_from(Person).where(*wanted)) or 0
    found = select(Person).where(*wanted).order_by(Person.name, Person.id)
    rows = await db.scalars(found.offset((page - 1) * PAGE).limit(PAGE))
    return rows.all(), max(1, -(-count // PAGE))


async def pairs_of(db: AsyncSession, actor: Actor, person_id: str) -> list[tuple[ProtectedPair, Person]]:
    """The protected pairs in force of this person, each with the other person; for staff who may protect."""
    require(actor, Action.PROTECT)
    apart = ProtectedPair.ended_at.is_(None)
    low = select(ProtectedPair, Person).join(Person, Person.id == ProtectedPair.high_person_id)
    high = select(ProtectedPair, Person).join(Person, Person.id == ProtectedPair.low_person_id)
    rows = [
        *(await db.execute(low.where(apart, ProtectedPair.low_person_id == person_id))),
        *(await db.execute(high.where(apart, ProtectedPair.high_person_id == person_id))),
    ]
    return sorted(((pair, other) for pair, other in rows), key=lambda row: row[0].since)


async def pairs_among(db: AsyncSession, person_ids: Collection[str]) -> Sequence[ProtectedPair]:
    """The protected pairs in force with both persons among `person_ids`."""
    found = select(ProtectedPair).where(
        ProtectedPair.ended_at.is_(None),
        ProtectedPair.low_person_id.in_(person_ids),
        ProtectedPair.high_person_id.in_(person_ids),
    )
    return (await db.scalars(found)).all()


async def protected_among(db: AsyncSession, person_ids: Collection[str]) -> frozenset[frozenset[str]]:
    """The same as sets of two ids."""
    pairs = await pairs_among(db, person_ids)
    return frozenset(frozenset((pair.low_person_id, pair.high_person_id)) for pair in pairs)


async def kept_apart_from(db: AsyncSession, person_id: str) -> frozenset[str]:
    """Everybody from whom this person is kept apart."""
    rows = await db.execute(
        select(ProtectedPair.low_person_id, ProtectedPair.high_person_id).where(
            ProtectedPair.ended_at.is_(None),
            or_(ProtectedPair.low_person_id == person_id, ProtectedPair.high_person_id == person_id),
        )
    )
    return frozenset(low if high == person_id else high for low, high in rows)


async def lock_people(db: AsyncSession, person_ids: Collection[str]) -> list[Person]:
    """The persons' rows, locked in id order until the transaction ends.

    Booking, seating and protecting all take these locks first, so that none can slip past another and none deadlocks.
    """
    rows = await db.scalars(select(Person).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update())
    return list(rows)
