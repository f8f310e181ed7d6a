"""The tables of agreements, walked whole; how a visit reads and when it is."""

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.agreements.kinds import AgreementState, Answer, ClauseKind, Matter
from mediation.agreements.recurrence import (
    REPEATS,
    WEEKDAYS,
    answers_of,
    first_on_or_after,
    next_dates,
    rule_of,
    spoken_rule,
    spoken_time,
)
from mediation.agreements.rules import (
    STATES,
    Command,
    confirmable,
    everybody_signed,
    needs_paper,
    next_state,
    read_and_agreed,
)
from mediation.agreements.visiting import Visiting, clear, if_not, sentence, when, who
from mediation.errors import Conflict

CALLED = {"m": "王女士", "f": "林先生"}
WHOLE = Visiting(
    visitor="m", child="孩子", what="孩子在王女士家住一晚", rrule="FREQ=MONTHLY;BYDAY=2SA", dtstart="2026-12-12T09:00:00",
    ends_after_days=1, ends_at="17:00", brought_by="f", handover="王女士家楼下", returned_by="m",
    return_place="林先生家楼下", notice_days=2, if_not="下个周末补上",
)  # fmt: skip


@pytest.mark.parametrize("state", list(AgreementState))
@pytest.mark.parametrize("command", list(Command))
def test_every_command_in_every_state_moves_or_is_refused(state: AgreementState, command: Command) -> None:
    if (state, command) in STATES:
        assert next_state(state, command) is STATES[state, command]
    else:
        with pytest.raises(Conflict):
            next_state(state, command)


def test_nothing_leaves_effective_or_void() -> None:
    assert not [state for state, _ in STATES if state in {AgreementState.EFFECTIVE, AgreementState.VOID}]


def test_it_takes_effect_only_from_an_offer() -> None:
    assert [state for (state, _), to in STATES.items() if to is AgreementState.EFFECTIVE] == [AgreementState.OFFERED]


@pytest.mark.parametrize(
    ("kind", "matter", "esign", "paper"),
    [
        (ClauseKind.FREE, Matter.ORDINARY, True, False),
        (ClauseKind.FREE, Matter.TITLE, True, False),
        (ClauseKind.FREE, Matter.MARRIAGE, True, True),
        (ClauseKind.FREE, Matter.PARENTAGE, True, True),
        (ClauseKind.FREE, Matter.ADOPTION, True, True),
        (ClauseKind.FREE, Matter.INHERITANCE, True, True),
        (ClauseKind.VISITING, Matter.ORDINARY, True, False),
        (ClauseKind.VISITING, Matter.ORDINARY, False, True),
        (ClauseKind.FREE, Matter.ORDINARY, False, False),
    ],
)
def test_what_has_to_be_signed_on_paper(kind: ClauseKind, matter: Matter, esign: bool, paper: bool) -> None:
    assert needs_paper(kind, matter, esign) is paper


def test_what_a_court_may_confirm() -> None:
    assert {matter for matter in Matter if confirmable(matter)} == {Matter.ORDINARY, Matter.INHERITANCE}


@pytest.mark.parametrize(
    ("answers", "may"),
    [
        ({}, False),
        ({"1": Answer.AGREE}, False),
        ({"1": Answer.AGREE, "2": Answer.UNCLEAR}, False),
        ({"1": Answer.AGREE, "2": Answer.DISAGREE}, False),
        ({"1": Answer.AGREE, "2": Answer.AGREE}, True),
    ],
)
def test_who_read_and_agreed_to_all_may_sign(answers: dict[str, Answer], may: bool) -> None:
    assert read_and_agreed(["1", "2"], answers) is may


@pytest.mark.parametrize(
    ("signers", "signed", "effective"),
    [(["a", "b"], [], False), (["a", "b"], ["a"], False), (["a", "b"], ["b", "a"], True), ([], [], False), ([], ["a"], False)],
)  # fmt: skip
def test_effective_at_the_last_signature(signers: list[str], signed: list[str], effective: bool) -> None:
    assert everybody_signed(signers, signed) is effective


def test_the_story_reads_as_people_say_it() -> None:
    assert sentence(WHOLE, CALLED) == (
        "每月第二个星期六上午9点，林先生送孩子到王女士家楼下，孩子在王女士家住一晚。星期日下午5点前，王女士送孩子回林先生家楼下。"
        "从2026年12月12日开始。做不到时，提前2天告诉对方，下个周末补上。"
    )
    assert who(WHOLE, CALLED) == "林先生送来，王女士送回"
    assert when(WHOLE) == "从 12月12日 起，每月一次"
    assert if_not(WHOLE) == "提前2天告诉对方，下个周末补上"
    assert [f"{date:%Y-%m-%d %H:%M}" for date in WHOLE.dates(datetime(2026, 11, 21))] == [
        "2026-12-12 09:00", "2027-01-09 09:00", "2027-02-13 09:00",
    ]  # fmt: skip
    assert clear(WHOLE) == {"who": True, "what": True, "when": True, "where": True, "if_not": True}


@pytest.mark.parametrize(
    ("missing", "check"),
    [
        ({"visitor": ""}, "who"), ({"child": ""}, "who"), ({"brought_by": ""}, "who"), ({"returned_by": ""}, "who"),
        ({"what": ""}, "what"), ({"rrule": ""}, "when"), ({"dtstart": ""}, "when"), ({"ends_at": ""}, "when"),
        ({"ends_after_days": 0, "ends_at": "08:00"}, "when"), ({"handover": ""}, "where"), ({"return_place": ""}, "where"),
        ({"notice_days": None}, "if_not"), ({"if_not": ""}, "if_not"),
    ],
)  # fmt: skip
def test_what_is_not_said_makes_the_clause_unclear(missing: dict[str, str], check: str) -> None:
    told = clear(Visiting.of({**WHOLE.stored(), **missing}))
    assert [name for name, is_clear in told.items() if not is_clear] == [check]
    sentence(Visiting.of({**WHOLE.stored(), **missing}), CALLED)  # a half-filled form still reads


def test_an_empty_clause_says_nothing() -> None:
    assert sentence(Visiting(), {}) == ""
    assert Visiting().dates(datetime(2026, 1, 1)) == []


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (time(9), "上午9点"), (time(17), "下午5点"), (time(17, 30), "下午5点半"), (time(8, 5), "早上8点5分"),
        (time(12), "中午12点"), (time(0), "凌晨12点"), (time(19, 45), "晚上7点45分"),
    ],
)  # fmt: skip
def test_times_as_people_say_them(at: time, said: str) -> None:
    assert spoken_time(at) == said


@given(st.sampled_from(list(REPEATS)), st.sampled_from(WEEKDAYS), st.dates(date(2026, 1, 1), date(2040, 1, 1)))
def test_dates_fall_on_the_weekday_and_follow_the_first(repeats: str, weekday: str, day: date) -> None:
    rule = rule_of(repeats, weekday)
    assert answers_of(rule) == (repeats, weekday)
    first = first_on_or_after(rule, day, time(9))
    dates = next_dates(rule, first, datetime(2000, 1, 1))
    assert dates[0] == first
    assert first.date() >= day
    assert sorted(set(dates)) == dates
    assert {WEEKDAYS[date.weekday()] for date in dates} == {weekday}
    assert spoken_rule(rule)
