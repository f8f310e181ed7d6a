"""What a join link still opens. Pure: time is an argument."""

from datetime import datetime, timedelta

from mediation.sessions.kinds import SessionState

ENTER_BEFORE = timedelta(minutes=30)


def may_join(state: SessionState, removed: bool) -> bool:
    """Whether the link leads into the session: until it ends or is cancelled, unless the person was removed."""
    return state in (SessionState.BOOKED, SessionState.LIVE) and not removed


def may_enter_now(state: SessionState, removed: bool, starts_at: datetime, moment: datetime) -> bool:
    """Whether the way in is open: from half an hour before the start, and as long as the session is live."""
    if not may_join(state, removed):
        return False
    return state is SessionState.LIVE or moment >= starts_at - ENTER_BEFORE


def papers_until(ends_at: datetime, ended_at: datetime | None, papers_days: int) -> datetime:
    """Until when the link opens the person's own papers; a session that never ended counts from its planned end."""
    return (ended_at or ends_at) + timedelta(days=papers_days)


def may_read_papers(
    state: SessionState, ends_at: datetime, ended_at: datetime | None, moment: datetime, papers_days: int
) -> bool:
    """Whether the link opens the agreement and the minutes: during the session and `papers_days` after its end."""
    if state is SessionState.LIVE:
        return True
    return state is not SessionState.CANCELLED and moment < papers_until(ends_at, ended_at, papers_days)
