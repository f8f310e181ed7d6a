"""People's time: who holds it, take it, give it back. The table's primary key makes double booking impossible."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.errors import Conflict
from mediation.people.models import Person
from mediation.people.queries import lock_people
from mediation.scheduling.rules import Span
from mediation.scheduling.wording import listed
from mediation.sessions.models import TimeClaim
from mediation.sessions.quarters import quarters


async def hold_people(db: AsyncSession, person_ids: Collection[str]) -> None:
    """Lock these persons until the transaction ends, waiting longer than other verbs do.

    Many may want the same person at once, and each of them is told who is not free, rather than that it took too long.
    """
    if db.get_bind().dialect.name == "postgresql":
        await db.execute(text("SET LOCAL lock_timeout = '30s'"))
    await lock_people(db, person_ids)


async def refuse_taken(db: AsyncSession, person_ids: Collection[str], span: Span, besides: str | None = None) -> None:
    """Raises Conflict("slot_taken") naming who is not free in the span, never why; the session `besides` doesn't count."""
    taken = quarters(*span)
    rows = await db.scalars(
        select(Person.called)
        .distinct()
        .join(TimeClaim, TimeClaim.person_id == Person.id)
        .where(
            TimeClaim.person_id.in_(person_ids),
            TimeClaim.quarter.between(taken.start, taken.stop - 1),
            TimeClaim.session_id != (besides or ""),
        )
        .order_by(Person.called)
    )
    if names := rows.all():
        raise Conflict("slot_taken", "Not free at this time: {names}. Please choose another time.", names=listed(names))


async def take(db: AsyncSession, session_id: str, person_ids: Sequence[str], span: Span) -> None:
    """Claim every quarter-hour of the span for every person, required or optional alike.

    Raises Conflict("slot_taken") with the names if one of them was claimed meanwhile.
    """
    rows = [
        {"person_id": person, "quarter": quarter, "session_id": session_id}
        for person in sorted(person_ids)
        for quarter in quarters(*span)
    ]
    try:
        async with db.begin_nested():
            await db.execute(insert(TimeClaim), rows)
    except IntegrityError:
        await refuse_taken(db, person_ids, span, besides=session_id)
        raise


async def give_back(db: AsyncSession, session_id: str) -> None:
    """Release all the time that the session holds."""
    await db.execute(delete(TimeClaim).where(TimeClaim.session_id == session_id))
