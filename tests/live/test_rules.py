"""Who hears whom, as tables: default is deny."""

from itertools import product

import pytest

from mediation.errors import Conflict, NotAllowed
from mediation.live.rules import (
    CONSULTATION,
    LEFT,
    MAIN,
    Seated,
    caucus_room,
    check_seating,
    hear_lists,
    parted,
    waiting_room,
)
from mediation.sessions.models import Mode, ParticipantRole, Side

PAN, WANG, LIN, ZHOU, CHEN = "pan", "wang", "lin", "zhou", "chen"
SIDES = {WANG: Side.APPLICANT, LIN: Side.RESPONDENT}
ROLES = {
    PAN: ParticipantRole.MEDIATOR,
    WANG: ParticipantRole.APPLICANT,
    LIN: ParticipantRole.RESPONDENT,
    ZHOU: ParticipantRole.FEDERATION,
    CHEN: ParticipantRole.JUDGE,
}
PAIR = frozenset({frozenset({"person-wang", "person-lin"})})


def seats(verified: bool = True, **rooms: str) -> list[Seated]:
    return [
        Seated(name, f"person-{name}", ROLES[name], SIDES.get(name, Side.NEUTRAL), room, verified)
        for name, room in rooms.items()
    ]


def lists(
    seated: list[Seated], pairs: frozenset[frozenset[str]] = frozenset(), mode: Mode = Mode.JOINT, *,
    host_present: bool = True, paused: bool = False,
) -> dict[str, str]:  # fmt: skip
    heard = hear_lists(seated, PAN, pairs, mode, host_present=host_present, paused=paused)
    return {receiver: " ".join(sorted(sources)) for receiver, sources in heard.items()}


APPLICANTS = caucus_room(Side.APPLICANT)


@pytest.mark.parametrize(
    ("rooms", "expected"),
    [
        ({PAN: MAIN, WANG: MAIN, LIN: MAIN}, {PAN: "lin wang", WANG: "lin pan", LIN: "pan wang"}),
        ({PAN: APPLICANTS, WANG: APPLICANTS, LIN: waiting_room(LIN)}, {PAN: "wang", WANG: "pan", LIN: ""}),
        ({PAN: waiting_room(WANG), WANG: waiting_room(WANG), LIN: MAIN}, {PAN: "wang", WANG: "pan", LIN: ""}),
        ({PAN: CONSULTATION, CHEN: CONSULTATION, WANG: waiting_room(WANG)}, {PAN: "chen", CHEN: "pan", WANG: ""}),
        ({PAN: MAIN, WANG: waiting_room(WANG), LIN: waiting_room(LIN)}, {PAN: "", WANG: "", LIN: ""}),
        ({PAN: LEFT, WANG: LEFT, LIN: LEFT}, {PAN: "", WANG: "", LIN: ""}),
        # Without the host in it, a room is silent: the sides never talk unattended.
        ({PAN: waiting_room(ZHOU), WANG: MAIN, LIN: MAIN, ZHOU: waiting_room(ZHOU)},
         {PAN: "zhou", ZHOU: "pan", WANG: "", LIN: ""}),
        # Two in one waiting room can't be seated by a verb; if they were, they would not hear each other.
        ({PAN: MAIN, WANG: waiting_room(WANG), LIN: waiting_room(WANG)}, {PAN: "", WANG: "", LIN: ""}),
        ({PAN: waiting_room(WANG), WANG: waiting_room(WANG), LIN: waiting_room(WANG)},
         {PAN: "wang", WANG: "pan", LIN: ""}),
    ],
)  # fmt: skip
def test_who_hears_whom(rooms: dict[str, str], expected: dict[str, str]) -> None:
    assert lists(seats(**rooms)) == expected


def test_the_two_sides_of_a_shuttle_never_hear_each_other_even_if_seated_together() -> None:
    together = seats(pan=MAIN, wang=MAIN, lin=MAIN)
    assert lists(together, mode=Mode.SHUTTLE) == {PAN: "lin wang", WANG: "pan", LIN: "pan"}
    assert lists(together, PAIR) == {PAN: "lin wang", WANG: "pan", LIN: "pan"}


@pytest.mark.parametrize("room", [MAIN, CONSULTATION, APPLICANTS])
def test_nobody_is_heard_while_the_host_is_lost_or_unverified(room: str) -> None:
    together = seats(pan=room, wang=room)
    assert lists(together, host_present=False) == {PAN: "", WANG: ""}
    assert lists(seats(verified=False, pan=room, wang=room)) == {PAN: "", WANG: ""}


def test_a_pause_leaves_only_the_waiting_rooms_open() -> None:
    assert lists(seats(pan=MAIN, wang=MAIN), paused=True) == {PAN: "", WANG: ""}
    visited = seats(pan=waiting_room(WANG), wang=waiting_room(WANG))
    assert lists(visited, paused=True) == {PAN: "wang", WANG: "pan"}


@pytest.mark.parametrize(
    ("rooms", "pairs", "mode", "refusal"),
    [
        ({PAN: MAIN, WANG: MAIN, LIN: MAIN}, frozenset(), Mode.JOINT, None),
        ({PAN: MAIN, WANG: MAIN, LIN: MAIN}, PAIR, Mode.JOINT, "kept_apart"),
        ({PAN: MAIN, WANG: MAIN, LIN: MAIN}, frozenset(), Mode.SHUTTLE, "kept_apart"),
        ({PAN: CONSULTATION, WANG: CONSULTATION, LIN: CONSULTATION}, PAIR, Mode.SHUTTLE, "kept_apart"),
        (
            {PAN: MAIN, WANG: waiting_room(LIN), LIN: waiting_room(LIN)},
            frozenset(),
            Mode.JOINT,
            "not_your_waiting_room",
        ),
        ({PAN: waiting_room(LIN), WANG: MAIN, LIN: waiting_room(LIN)}, PAIR, Mode.SHUTTLE, None),
    ],
)
def test_seating_is_refused(
    rooms: dict[str, str], pairs: frozenset[frozenset[str]], mode: Mode, refusal: str | None
) -> None:
    if refusal is None:
        check_seating(seats(**rooms), PAN, pairs, mode)
        return
    with pytest.raises(NotAllowed) as refused:
        check_seating(seats(**rooms), PAN, pairs, mode)
    assert refused.value.code == refusal


def test_a_host_who_is_kept_apart_from_somebody_does_not_visit_them_and_is_parted_from_them() -> None:
    pair, room = frozenset({frozenset({"person-pan", "person-wang"})}), waiting_room(WANG)
    visiting = seats(pan=room, wang=room, lin=MAIN)
    with pytest.raises(NotAllowed) as refused:
        check_seating(visiting, PAN, pair, Mode.JOINT)
    assert refused.value.code == "kept_apart"
    moves = parted(visiting, pair, Mode.JOINT)
    assert moves == {WANG: room, PAN: waiting_room(PAN)}
    check_seating(seats(**{PAN: moves[PAN], WANG: moves[WANG], LIN: MAIN}), PAN, pair, Mode.JOINT)


def test_nobody_unverified_is_seated_outside_the_waiting_rooms() -> None:
    with pytest.raises(Conflict) as refused:
        check_seating(seats(verified=False, pan=MAIN, wang=MAIN), PAN, frozenset(), Mode.JOINT)
    assert refused.value.code == "identity_unconfirmed"


def test_no_seating_at_all_lets_a_pair_hear_each_other() -> None:
    rooms = [MAIN, CONSULTATION, LEFT, APPLICANTS, waiting_room(WANG), waiting_room(LIN)]
    for pan, wang, lin in product(rooms, repeat=3):
        for pairs, mode in ((PAIR, Mode.JOINT), (frozenset(), Mode.SHUTTLE)):
            heard = hear_lists(seats(pan=pan, wang=wang, lin=lin), PAN, pairs, mode, host_present=True, paused=False)
            assert LIN not in heard[WANG]
            assert WANG not in heard[LIN]


def test_a_new_pair_parts_those_who_sit_together() -> None:
    together = seats(pan=MAIN, wang=MAIN, lin=MAIN, zhou=MAIN)
    assert parted(together, PAIR, Mode.JOINT) == {WANG: waiting_room(WANG), LIN: waiting_room(LIN)}
    assert parted(seats(pan=MAIN, wang=MAIN, lin=waiting_room(LIN)), PAIR, Mode.JOINT) == {}
