"""When the main room may be recorded, as a table; and that nobody is recorded otherwise."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, combinations

import pytest

from mediation.errors import Conflict
from mediation.recordings.kinds import End
from mediation.recordings.rules import MainRoom, check_start, reason_to_end
from mediation.sessions.kinds import SessionKind, SessionState, Side

SIDES = {"host": Side.NEUTRAL, "mother": Side.APPLICANT, "father": Side.RESPONDENT, "judge": Side.NEUTRAL}
ALL = frozenset(SIDES)


def sitting(*people: str) -> dict[str, Side]:
    return {name: SIDES[name] for name in people}


GOOD = MainRoom(SessionKind.MEDIATION, SessionState.LIVE, True, sitting("host", "mother", "father"), "host", ALL)


@pytest.mark.parametrize(
    ("change", "why", "code"),
    [
        ({}, None, ""),
        ({"agreed": ["host", "mother", "father"]}, None, ""),
        ({"state": SessionState.BOOKED}, End.SESSION_OVER, "main_room_only"),
        ({"state": SessionState.ENDED}, End.SESSION_OVER, "main_room_only"),
        ({"state": SessionState.CANCELLED}, End.SESSION_OVER, "main_room_only"),
        ({"kind": SessionKind.CONSULTATION}, End.ROOM_LEFT, "not_recordable"),
        ({"open": False}, End.ROOM_LEFT, "main_room_only"),
        ({"people": {}}, End.ROOM_LEFT, "main_room_only"),
        ({"people": sitting("host")}, End.ROOM_LEFT, "main_room_only"),
        ({"people": sitting("host", "mother")}, End.ROOM_LEFT, "main_room_only"),
        ({"people": sitting("host", "father", "judge")}, End.ROOM_LEFT, "main_room_only"),
        ({"people": sitting("host", "judge")}, End.ROOM_LEFT, "main_room_only"),
        ({"people": sitting("mother", "father")}, End.ROOM_LEFT, "main_room_only"),
        ({"agreed": ["mother", "father"]}, End.NOT_EVERYBODY, "not_everybody_agrees"),
        ({"agreed": ["host", "mother"]}, End.NOT_EVERYBODY, "not_everybody_agrees"),
        ({"agreed": []}, End.NOT_EVERYBODY, "not_everybody_agrees"),
        ({"people": SIDES, "agreed": ["host", "mother", "father"]}, End.NOT_EVERYBODY, "not_everybody_agrees"),
    ],
)
def test_when_a_recording_may_begin_and_go_on(change: dict[str, object], why: End | None, code: str) -> None:
    room = replace(GOOD, **change)  # type: ignore[arg-type]
    assert reason_to_end(room) is why
    if why is None:
        check_start(room)
    else:
        with pytest.raises(Conflict) as refusal:
            check_start(room)
        assert refusal.value.code == code


def test_of_all_rooms_only_those_are_recorded_in_which_everybody_agrees() -> None:
    subsets = [frozenset(each) for each in chain.from_iterable(combinations(sorted(ALL), n) for n in range(5))]
    for people in subsets:
        for agreed in subsets:
            for kind in SessionKind:
                goes_on = reason_to_end(replace(GOOD, people=sitting(*people), agreed=agreed, kind=kind)) is None
                mediation = kind is SessionKind.MEDIATION
                both = {"host", "mother", "father"} <= people
                assert goes_on == (mediation and both and people <= agreed)
