"""The state table, every state × command; who may be expected together."""

from itertools import product

import pytest

from mediation.errors import Conflict, Invalid
from mediation.sessions.kinds import Mode, ParticipantRole, SessionKind, SessionState, Side
from mediation.sessions.rules import Command, Expected, check_expected, next_state

ALLOWED = {
    ("booked", "start"): "live",
    ("booked", "reschedule"): "booked",
    ("booked", "cancel"): "cancelled",
    ("live", "end"): "ended",
}


@pytest.mark.parametrize(("state", "command"), [*product(SessionState, Command)])
def test_every_state_and_command(state: SessionState, command: Command) -> None:
    then = ALLOWED.get((state.value, command.value))
    if then is not None:
        assert next_state(state, command) == then
    else:
        with pytest.raises(Conflict) as refused:
            next_state(state, command)
        assert refused.value.code == f"session_{state}"


def expect(ident: str, role: ParticipantRole, side: Side = Side.NEUTRAL, staff: bool = True) -> Expected:
    return Expected(ident, role, side, staff_id=f"s-{ident}" if staff else None)


MOTHER = expect("mother", ParticipantRole.APPLICANT, Side.APPLICANT, staff=False)
FATHER = expect("father", ParticipantRole.RESPONDENT, Side.RESPONDENT, staff=False)
MEDIATOR = expect("mediator", ParticipantRole.MEDIATOR)
SECOND = expect("second", ParticipantRole.MEDIATOR)
JUDGE = expect("judge", ParticipantRole.JUDGE)
WORKER = expect("worker", ParticipantRole.FEDERATION)
LAWYER = expect("lawyer", ParticipantRole.REPRESENTATIVE, Side.APPLICANT, staff=False)
GRANDMOTHER = expect("grandmother", ParticipantRole.COMPANION, Side.APPLICANT, staff=False)
ASTRAY = expect("father", ParticipantRole.RESPONDENT, Side.APPLICANT, staff=False)
NOBODYS_LAWYER = expect("lawyer", ParticipantRole.REPRESENTATIVE, Side.NEUTRAL, staff=False)
PARTIAL_JUDGE = expect("judge", ParticipantRole.JUDGE, Side.APPLICANT)

M, C, J, S = SessionKind.MEDIATION, SessionKind.CONSULTATION, Mode.JOINT, Mode.SHUTTLE
PARENTS = frozenset({frozenset({"mother", "father"})})


@pytest.mark.parametrize(
    ("kind", "mode", "expected", "pairs"),
    [
        (M, J, [MOTHER, FATHER, MEDIATOR], ()),
        (M, S, [MOTHER, FATHER, MEDIATOR, JUDGE, WORKER, LAWYER], ()),
        (M, S, [MOTHER, FATHER, MEDIATOR], PARENTS),
        (C, J, [MOTHER, JUDGE, WORKER], ()),
        (C, J, [FATHER, JUDGE, WORKER, MEDIATOR], ()),
    ],
)
def test_these_may_come(
    kind: SessionKind, mode: Mode, expected: list[Expected], pairs: frozenset[frozenset[str]]
) -> None:
    check_expected(kind, mode, expected, pairs)


@pytest.mark.parametrize(
    ("kind", "mode", "expected", "pairs", "code"),
    [
        (M, J, [MOTHER, FATHER], (), "one_mediator"),
        (M, J, [MOTHER, FATHER, MEDIATOR, SECOND], (), "one_mediator"),
        (M, J, [MOTHER, MEDIATOR], (), "each_side_needed"),
        (M, J, [FATHER, MEDIATOR], (), "each_side_needed"),
        (M, J, [MOTHER, LAWYER, MEDIATOR], (), "each_side_needed"),
        (M, J, [MOTHER, MOTHER, FATHER, MEDIATOR], (), "nobody_twice"),
        (M, J, [MOTHER, ASTRAY, MEDIATOR], (), "wrong_side"),
        (M, J, [MOTHER, FATHER, MEDIATOR, PARTIAL_JUDGE], (), "wrong_side"),
        (M, J, [MOTHER, FATHER, MEDIATOR, NOBODYS_LAWYER], (), "wrong_side"),
        (M, J, [MOTHER, FATHER, MEDIATOR, GRANDMOTHER], (), "relatives_need_consent"),
        (M, J, [MOTHER, FATHER, MEDIATOR], PARENTS, "protected_pair_needs_shuttle"),
        (M, S, [MOTHER, FATHER, MEDIATOR], {frozenset({"mother", "mediator"})}, "protected_pair_cannot_meet"),
        (M, S, [MOTHER, FATHER, MEDIATOR, LAWYER], {frozenset({"mother", "lawyer"})}, "protected_pair_cannot_meet"),
        (C, J, [MOTHER, FATHER, JUDGE, WORKER], (), "one_asking"),
        (C, J, [JUDGE, WORKER], (), "one_asking"),
        (C, J, [MOTHER, WORKER], (), "judge_needed"),
        (C, J, [MOTHER, JUDGE], (), "federation_needed"),
        (C, S, [MOTHER, JUDGE, WORKER], (), "consultation_is_joint"),
        (C, J, [MOTHER, JUDGE, WORKER], {frozenset({"mother", "judge"})}, "protected_pair_needs_shuttle"),
    ],
)
def test_these_may_not(
    kind: SessionKind, mode: Mode, expected: list[Expected], pairs: frozenset[frozenset[str]], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_expected(kind, mode, expected, pairs)
    assert refused.value.code == code
