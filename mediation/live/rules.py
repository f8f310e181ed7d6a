"""Who may be in a room with whom, and who hears whom. Pure decisions; default is deny."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from mediation.errors import Conflict, NotAllowed
from mediation.sessions.kinds import Mode, ParticipantRole, SessionKind, Side

MAIN = "main"
CONSULTATION = "consultation"
LEFT = "left"
_WAITING = "waiting:"
_OPPOSED = {Side.APPLICANT, Side.RESPONDENT}

Pairs = Collection[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Seated:
    """What the rules know of a participant who came in. `verified`: identity confirmed, or staff with a login."""

    id: str
    person_id: str
    role: ParticipantRole
    side: Side
    room: str
    verified: bool


def waiting_room(participant_id: str) -> str:
    """The participant's own waiting room."""
    return f"{_WAITING}{participant_id}"


def is_waiting(room: str) -> bool:
    """Whether the room is somebody's waiting room."""
    return room.startswith(_WAITING)


def caucus_room(side: Side) -> str:
    """The room of a private talk with one side."""
    return f"caucus:{side.value}"


def host_role(kind: SessionKind) -> ParticipantRole:
    """Who leads: the mediator; in somebody's consultation with a judge the federation worker beside them."""
    return ParticipantRole.MEDIATOR if kind is SessionKind.MEDIATION else ParticipantRole.FEDERATION


def may_meet(one: Seated, other: Seated, pairs: Pairs, mode: Mode) -> bool:
    """Whether the two may ever share a room: no protected pair and, in shuttle mode, not the two sides."""
    if frozenset({one.person_id, other.person_id}) in pairs:
        return False
    return mode is Mode.JOINT or {one.side, other.side} != _OPPOSED


def check_seating(seats: Sequence[Seated], host_id: str, pairs: Pairs, mode: Mode) -> None:
    """Refuse a placement that breaks a rule.

    Raises NotAllowed("kept_apart") for two who may not meet, Conflict("identity_unconfirmed") for somebody outside
    the waiting rooms whose identity is not confirmed (法释〔2021〕23号 art. 17).
    """
    for room, together in _by_room(seats).items():
        waiting = is_waiting(room)
        if waiting and any(seat.id != host_id and waiting_room(seat.id) != room for seat in together):
            raise NotAllowed("not_your_waiting_room", "Everybody waits in a room of their own.")
        if not all(may_meet(one, other, pairs, mode) for one, other in combinations(together, 2)):
            raise NotAllowed("kept_apart", "These two are kept apart. They can't be in one room.")
        if not waiting and not all(seat.verified for seat in together):
            raise Conflict("identity_unconfirmed", "Please confirm this person's identity first.")


def parted(seats: Sequence[Seated], pairs: Pairs, mode: Mode) -> dict[str, str]:
    """Who has to go back to their own waiting room because they sit with somebody they may not meet."""
    apart: dict[str, str] = {}
    for together in _by_room(seats).values():
        for one, other in combinations(together, 2):
            if not may_meet(one, other, pairs, mode):
                apart |= {one.id: waiting_room(one.id), other.id: waiting_room(other.id)}
    return apart


def hear_lists(
    seats: Sequence[Seated], host_id: str, pairs: Pairs, mode: Mode, *, host_present: bool, paused: bool
) -> dict[str, frozenset[str]]:
    """Who receives whom: `{receiver: sources}` for everybody seated.

    A room is open only while the host sits in it and is present; in a waiting room only its owner and the host meet;
    during a pause only waiting rooms are open. Whatever the seats say, people who may not meet never receive each other.
    """
    lists: dict[str, set[str]] = {seat.id: set() for seat in seats}
    for room, together in _by_room(seats).items():
        if not host_present or host_id not in {seat.id for seat in together} or (paused and not is_waiting(room)):
            continue
        for one, other in combinations(together, 2):
            owner = next((seat.id for seat in (one, other) if seat.id != host_id), "")
            waiting_well = host_id in (one.id, other.id) and room == waiting_room(owner)
            sitting_well = not is_waiting(room) and one.verified and other.verified
            if (waiting_well or sitting_well) and may_meet(one, other, pairs, mode):
                lists[one.id].add(other.id)
                lists[other.id].add(one.id)
    return {receiver: frozenset(sources) for receiver, sources in lists.items()}


def _by_room(seats: Sequence[Seated]) -> dict[str, list[Seated]]:
    rooms: dict[str, list[Seated]] = defaultdict(list)
    for seat in seats:
        if seat.room != LEFT:
            rooms[seat.room].append(seat)
    return rooms
