"""Reads of the person directory that other slices share."""

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.people.models import Person, ProtectedPair


async def protected_among(db: AsyncSession, person_ids: Collection[str]) -> frozenset[frozenset[str]]:
    """The protected pairs in force with both persons among `person_ids`."""
    rows = await db.execute(
        select(ProtectedPair.low_person_id, ProtectedPair.high_person_id).where(
            ProtectedPair.ended_at.is_(None),
            ProtectedPair.low_person_id.in_(person_ids),
            ProtectedPair.high_person_id.in_(person_ids),
        )
    )
    return frozenset(frozenset(pair) for pair in rows.tuples())


async def kept_apart_from(db: AsyncSession, person_id: str) -> frozenset[str]:
    """Everybody from whom this person is kept apart."""
    rows = await db.execute(
        select(ProtectedPair.low_person_id, ProtectedPair.high_person_id).where(
            ProtectedPair.ended_at.is_(None),
            or_(ProtectedPair.low_person_id == person_id, ProtectedPair.high_person_id == person_id),
        )
    )
    return frozenset(low if high == person_id else high for low, high in rows.tuples())


async def lock_people(db: AsyncSession, person_ids: Collection[str]) -> list[Person]:
    """The persons' rows, locked in id order until the transaction ends.

    Booking, seating and protecting all take these locks first, so that none can slip past another and none deadlocks.
    """
    rows = await db.scalars(select(Person).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update())
    return list(rows)
