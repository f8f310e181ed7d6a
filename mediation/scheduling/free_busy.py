"""When people are busy: intervals only, never with what."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.scheduling.rules import GRAIN, Span
from mediation.scheduling.slots import merged
from mediation.sessions.models import TimeClaim
from mediation.sessions.quarters import moment_of, quarters


async def busy(
    db: AsyncSession, person_ids: Collection[str], since: datetime, until: datetime, besides: str | None = None
) -> dict[str, list[Span]]:
    """Of each person the busy time within `[since, until)`, as merged half-open UTC intervals, in order.

    The session `besides` doesn't count: it is the one about to be moved.
    """
    asked = quarters(since, until)
    rows = await db.execute(
        select(TimeClaim.person_id, TimeClaim.quarter).where(
            TimeClaim.person_id.in_(person_ids),
            TimeClaim.quarter.between(asked.start, asked.stop - 1),
            TimeClaim.session_id != (besides or ""),
        )
    )
    taken: dict[str, list[Span]] = {person: [] for person in person_ids}
    for person, quarter in rows:
        taken[person].append((moment_of(quarter), moment_of(quarter) + GRAIN))
    return {person: merged(spans) for person, spans in taken.items()}
