"""What a link opens and what its page asks next, as tables over every state."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from mediation.invitations.rules import Step, may_enter_now, may_join, may_read_papers, next_step
from mediation.sessions.kinds import Reply, SessionState

BOOKED, LIVE, ENDED, CANCELLED = SessionState
START = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
END = START + timedelta(hours=1)


def test_joining_is_open_until_the_session_ends() -> None:
    assert {state for state in SessionState if may_join(state, removed=False)} == {BOOKED, LIVE}
    assert not any(may_join(state, removed=True) for state in SessionState)


@pytest.mark.parametrize(
    ("state", "minutes_before", "may"),
    [
        (BOOKED, 31, False),
        (BOOKED, 30, True),
        (BOOKED, -120, True),
        (LIVE, 600, True),
        (ENDED, 0, False),
        (CANCELLED, 5, False),
    ],
)
def test_the_way_in_opens_half_an_hour_before(state: SessionState, minutes_before: int, may: bool) -> None:
    assert may_enter_now(state, False, START, START - timedelta(minutes=minutes_before)) is may


@pytest.mark.parametrize(
    ("state", "ended_at", "days_later", "may"),
    [
        (LIVE, None, 400, True),
        (ENDED, END, 89, True),
        (ENDED, END, 91, False),
        (ENDED, END + timedelta(days=5), 94, True),
        (BOOKED, None, 89, True),
        (BOOKED, None, 91, False),
        (CANCELLED, None, 0, False),
    ],
)
def test_papers_are_open_for_so_many_days(
    state: SessionState, ended_at: datetime | None, days_later: int, may: bool
) -> None:
    assert may_read_papers(state, END, ended_at, END + timedelta(days=days_later), 90) is may


NEXT = {
    (BOOKED, Reply.NONE): (Step.REPLY,) * 3,
    (BOOKED, Reply.DECLINED): (Step.CHANGE_REPLY,) * 3,
    (BOOKED, Reply.OTHER_TIME): (Step.CHANGE_REPLY,) * 3,
    (BOOKED, Reply.ACCEPTED): (Step.CONSENT, Step.CHANGE_CONSENT, Step.WAIT),
}


@pytest.mark.parametrize(("state", "reply"), list(product(SessionState, Reply)))
def test_what_is_asked_next(state: SessionState, reply: Reply) -> None:
    asked = tuple(next_step(state, False, reply, consented, False) for consented in (None, False, True))
    live = (Step.CONSENT, Step.CHANGE_CONSENT, Step.WAIT)
    assert asked == (live if state is LIVE else NEXT.get((state, reply), (Step.NOTHING,) * 3))


def test_entering_needs_an_open_door_and_consent() -> None:
    assert next_step(LIVE, False, Reply.NONE, True, True) is Step.ENTER
    assert next_step(BOOKED, False, Reply.ACCEPTED, True, True) is Step.ENTER
    assert next_step(LIVE, False, Reply.ACCEPTED, None, True) is Step.CONSENT
    assert next_step(LIVE, True, Reply.ACCEPTED, True, True) is Step.NOTHING
