"""What the booking page offers: proposed times, and who is free on the day that is looked at."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.scheduling.candidates import Candidate
from mediation.scheduling.day_strip import Hours, Minutes, free_minutes
from mediation.scheduling.free_busy import busy
from mediation.scheduling.proposals import Proposal, proposals
from mediation.scheduling.rules import Span
from mediation.scheduling.slots import free_slots, merged
from mediation.sessions.rules import Expected

LOOKED_AHEAD = 21  # days in which times are proposed
NOTICE = timedelta(hours=2)  # nobody can be reached sooner


async def proposed_times(
    db: AsyncSession,
    expected: Sequence[Expected],
    called: dict[str, str],
    length: timedelta,
    hours: Hours,
    moment: datetime,
) -> list[Proposal]:
    """The best times when everybody required is free; `called` says how each person is called."""
    windows = hours.windows(moment.astimezone(hours.zone).date(), LOOKED_AHEAD)
    taken = await busy(db, [each.person_id for each in expected], moment, windows[-1][1])
    required = merged(span for each in expected if each.required for span in taken[each.person_id])
    optional = {called[each.person_id]: taken[each.person_id] for each in expected if not each.required}
    return proposals(free_slots(windows, required, length, moment + NOTICE), optional, moment, hours.zone)


async def free_on(
    db: AsyncSession, person_ids: Sequence[str], day: date, hours: Hours, besides: str | None = None
) -> dict[str, list[Minutes]]:
    """Of each person the free minutes of that day within the working hours."""
    since, until = hours.window(day)
    taken = await busy(db, person_ids, since.astimezone(UTC), until.astimezone(UTC), besides)
    return {person: free_minutes(spans, day, hours) for person, spans in taken.items()}


async def not_free(db: AsyncSession, chosen: Sequence[Candidate], span: Span) -> list[str]:
    """How those are called who have something else in the span."""
    taken = await busy(db, [each.expected.person_id for each in chosen], *span)
    return [each.called for each in chosen if taken[each.expected.person_id]]
