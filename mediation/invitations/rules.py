"""What a join link still opens. Pure: time is an argument."""

from datetime import datetime, timedelta
from enum import StrEnum

from mediation.sessions.kinds import Reply, SessionState

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


class Step(StrEnum):
    """The one thing that the link's page asks next."""

    REPLY = "reply"
    CHANGE_REPLY = "change_reply"
    CONSENT = "consent"
    CHANGE_CONSENT = "change_consent"
    WAIT = "wait"
    ENTER = "enter"
    NOTHING = "nothing"


def next_step(state: SessionState, removed: bool, reply: Reply, consented: bool | None, entry_open: bool) -> Step:
    """What to ask a participant next; `consented` is None as long as they have not answered.

    Once the session is live, coming in is the answer: replies are no longer asked for.
    """
    if not may_join(state, removed):
        return Step.NOTHING
    if state is SessionState.BOOKED and reply is Reply.NONE:
        return Step.REPLY
    if state is SessionState.BOOKED and reply is not Reply.ACCEPTED:
        return Step.CHANGE_REPLY
    if consented is None:
        return Step.CONSENT
    if not consented:
        return Step.CHANGE_CONSENT
    return Step.ENTER if entry_open else Step.WAIT
