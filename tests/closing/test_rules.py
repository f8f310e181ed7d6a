"""Every session state × outcome × kind × agreement, against the table."""

import itertools

import pytest

from mediation.cases.kinds import Outcome
from mediation.closing.rules import check_closing
from mediation.errors import Conflict, Invalid, MediationError
from mediation.sessions.kinds import SessionKind, SessionState

AGREED = Outcome.AGREED
HELD = (SessionState.LIVE, SessionState.ENDED)


def refusal(kind: SessionKind, state: SessionState, outcome: Outcome, reason: str, in_effect: bool) -> str | None:
    try:
        check_closing(kind, state, outcome, reason, in_effect)
    except MediationError as error:
        return error.code
    return None


@pytest.mark.parametrize(
    ("state", "outcome", "in_effect"), list(itertools.product(SessionState, Outcome, (True, False)))
)
def test_a_mediation(state: SessionState, outcome: Outcome, in_effect: bool) -> None:
    if state is SessionState.BOOKED or (state is SessionState.CANCELLED and outcome is AGREED):
        expected = "session_not_held"
    elif outcome is AGREED:
        expected = None if in_effect else "agreement_missing"
    else:
        expected = "agreement_in_effect" if in_effect else None
    assert refusal(SessionKind.MEDIATION, state, outcome, "谈不拢", in_effect) == expected


@pytest.mark.parametrize(("state", "outcome"), list(itertools.product(SessionState, Outcome)))
def test_a_consultation_closes_nothing(state: SessionState, outcome: Outcome) -> None:
    assert refusal(SessionKind.CONSULTATION, state, outcome, "x", True) == "consultation_has_no_outcome"


@pytest.mark.parametrize(("state", "outcome"), list(itertools.product(HELD, sorted(set(Outcome) - {AGREED}))))
def test_without_an_agreement_a_reason_is_demanded(state: SessionState, outcome: Outcome) -> None:
    with pytest.raises(Invalid) as refused:
        check_closing(SessionKind.MEDIATION, state, outcome, " \n", False)
    assert (refused.value.code, list(refused.value.fields)) == ("reason_missing", ["reason"])


def test_an_agreement_needs_no_reason() -> None:
    check_closing(SessionKind.MEDIATION, SessionState.LIVE, AGREED, "", True)
    with pytest.raises(Conflict):
        check_closing(SessionKind.MEDIATION, SessionState.LIVE, AGREED, "", False)
