"""How a session moves from state to state, and who may be expected at it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product

from mediation.errors import Conflict, Invalid
from mediation.sessions.kinds import Mode, ParticipantRole, SessionKind, SessionState, Side

Pairs = Collection[frozenset[str]]
_ATTENDING = {ParticipantRole.COMPANION, ParticipantRole.REPRESENTATIVE}


class Command(StrEnum):
    """What can be done with a session as a whole."""

    START = "start"
    END = "end"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"


# What is not written here is refused. A live session can be ended but neither moved nor cancelled: somebody is in it.
MOVES: dict[tuple[SessionState, Command], SessionState] = {
    (SessionState.BOOKED, Command.START): SessionState.LIVE,
    (SessionState.BOOKED, Command.RESCHEDULE): SessionState.BOOKED,
    (SessionState.BOOKED, Command.CANCEL): SessionState.CANCELLED,
    (SessionState.LIVE, Command.END): SessionState.ENDED,
}


def next_state(state: SessionState, command: Command) -> SessionState:
    """The state after `command`.

    Raises Conflict("session_booked" … "session_cancelled"), named after the state that refuses the command.
    """
    if (state, command) in MOVES:
        return MOVES[state, command]
    match state:
        case SessionState.BOOKED:
            raise Conflict("session_booked", "This session has not started yet.")
        case SessionState.LIVE:
            raise Conflict("session_live", "This session is already running.")
        case SessionState.ENDED:
            raise Conflict("session_ended", "This session is over.")
        case SessionState.CANCELLED:
            raise Conflict("session_cancelled", "This session was cancelled.")


def can(state: SessionState, command: Command) -> bool:
    """Whether `command` is possible in this state."""
    return (state, command) in MOVES


def over_at(state: SessionState, ends_at: datetime, ended_at: datetime | None) -> datetime | None:
    """From when on there is nothing left to come to: since it was ended, or from its planned end on where it was never
    held. None while it runs, however long."""
    if state is SessionState.LIVE:
        return None
    return (ended_at or ends_at) if state is SessionState.ENDED else ends_at


@dataclass(frozen=True, slots=True)
class Expected:
    """Someone to be expected at a session; `staff_id` for those who come by the staff login."""

    person_id: str
    role: ParticipantRole
    side: Side
    required: bool = True
    staff_id: str | None = None


STAFF_ROLES = frozenset({ParticipantRole.MEDIATOR, ParticipantRole.JUDGE, ParticipantRole.FEDERATION})
PARTY_SIDES = {ParticipantRole.APPLICANT: Side.APPLICANT, ParticipantRole.RESPONDENT: Side.RESPONDENT}


def check_expected(kind: SessionKind, mode: Mode, expected: Sequence[Expected], pairs: Pairs) -> None:
    """Whether these people may be expected together; `pairs` are the protected pairs among them.

    Raises Invalid with one of the codes: nobody_twice, wrong_side, relatives_need_consent, one_mediator,
    each_side_needed, one_asking, judge_needed, federation_needed, consultation_is_joint,
    protected_pair_needs_shuttle, protected_pair_cannot_meet.
    """
    if len({each.person_id for each in expected}) < len(expected):
        raise Invalid("nobody_twice", "Somebody is on the list twice.")
    for each in expected:
        _check_side(each)
    if kind is SessionKind.MEDIATION:
        _check_mediation(expected)
    else:
        _check_consultation(mode, expected)
    _check_pairs(mode, expected, pairs)


def _check_side(each: Expected) -> None:
    # 人民调解法 art. 20: relatives take part with the parties' consent. Until consents are kept, nobody accompanies.
    if each.role is ParticipantRole.COMPANION:
        raise Invalid(
            "relatives_need_consent",
            "Relatives may take part only if both sides have agreed. "
            "This can't be recorded here yet, so they can't be added.",
        )
    if each.role in STAFF_ROLES:
        fits = each.side is Side.NEUTRAL and each.staff_id is not None
    else:
        fits = each.side is PARTY_SIDES.get(each.role, each.side) is not Side.NEUTRAL and each.staff_id is None
    if not fits:
        raise Invalid("wrong_side", "Somebody is on the wrong side.")


def _check_mediation(expected: Sequence[Expected]) -> None:
    # 在线调解规则 art. 11: one mediator presides.
    if _count(expected, ParticipantRole.MEDIATOR) != 1:
        raise Invalid("one_mediator", "A mediation needs exactly one mediator.")
    for role in PARTY_SIDES:
        if not _count(expected, role):
            raise Invalid("each_side_needed", "A mediation needs somebody of each side.")


def _check_consultation(mode: Mode, expected: Sequence[Expected]) -> None:
    if mode is not Mode.JOINT:
        raise Invalid("consultation_is_joint", "In a consultation everybody is in one room.")
    if sum(each.role in PARTY_SIDES for each in expected) != 1:
        raise Invalid("one_asking", "A consultation is for exactly one person who asks.")
    if _count(expected, ParticipantRole.JUDGE) != 1:
        raise Invalid("judge_needed", "A consultation needs exactly one judge.")
    if not _count(expected, ParticipantRole.FEDERATION):
        raise Invalid("federation_needed", "A consultation needs somebody of the federation beside the person.")


def _check_pairs(mode: Mode, expected: Sequence[Expected], pairs: Pairs) -> None:
    side = {each.person_id: each.side for each in expected}
    for pair in pairs:
        if mode is Mode.JOINT:
            raise Invalid(
                "protected_pair_needs_shuttle",
                "Two people here are kept apart. They can only be mediated back to back, in separate rooms.",
            )
        if {side[person] for person in pair} != {Side.APPLICANT, Side.RESPONDENT}:
            raise Invalid(
                "protected_pair_cannot_meet",
                "Two people who are kept apart are on one side, or one of them leads the talk. They can't be in one session.",
            )


def _count(expected: Sequence[Expected], role: ParticipantRole) -> int:
    return sum(each.role is role for each in expected)


def with_attending(pairs: Pairs, people: Collection[tuple[str, ParticipantRole, Side]]) -> frozenset[frozenset[str]]:
    """The protected pairs among `people` (person, role, side), widened by those who accompany or represent one of two:
    whoever comes with the one is kept apart from the other and from whoever comes with the other."""
    side = {person: of for person, _role, of in people}
    widened = set(pairs)
    for one, other in (tuple(pair) for pair in pairs):
        if side[one] is not side[other]:
            groups = ({whose} | _attending(people, side[whose]) for whose in (one, other))
            widened |= {frozenset(two) for two in product(*groups)}
    return frozenset(widened)


def _attending(people: Collection[tuple[str, ParticipantRole, Side]], side: Side) -> set[str]:
    return {person for person, role, of in people if role in _ATTENDING and of is side and of is not Side.NEUTRAL}
