"""When the main room may be recorded (法释〔2021〕23号 art. 22: only with everybody's express consent). Pure decisions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mediation.errors import Conflict
from mediation.recordings.kinds import End
from mediation.sessions.kinds import SessionKind, SessionState, Side

_BOTH = {Side.APPLICANT, Side.RESPONDENT}


@dataclass(frozen=True, slots=True)
class MainRoom:
    """What decides about recording. `people` sit in the main room, each with their side, whoever sits anywhere else is no
    part of it; `open`: neither paused nor without its host by a loss; `agreed`: whose newest answer is yes."""

    kind: SessionKind
    state: SessionState
    open: bool
    people: Mapping[str, Side]
    host_id: str
    agreed: Collection[str]


def reason_to_end(room: MainRoom) -> End | None:
    """Why a recording must not go on; None when it may.

    Caucus, judge consultation and waiting rooms need no rule of their own: the host sits in one room, and a recording
    ends with the host's leaving the main room. A consultation with a judge has no other room, so it is never recorded.
    With one side alone a talk in the main room is a caucus by another name: without both sides nothing is recorded.
    """
    if room.state is not SessionState.LIVE:
        return End.SESSION_OVER
    if (
        room.kind is not SessionKind.MEDIATION
        or not room.open
        or room.host_id not in room.people
        or not set(room.people.values()) >= _BOTH
    ):
        return End.ROOM_LEFT
    if not room.people.keys() <= frozenset(room.agreed):
        return End.NOT_EVERYBODY
    return None


def check_start(room: MainRoom) -> None:
    """Raises Conflict("not_recordable") where nothing is ever recorded, Conflict("main_room_only") while the main room
    is not open or lacks a side, Conflict("not_everybody_agrees") until everybody in it has said yes."""
    if room.kind is not SessionKind.MEDIATION:
        raise Conflict("not_recordable", "Consultations with a judge are never recorded.")
    match reason_to_end(room):
        case End.SESSION_OVER | End.ROOM_LEFT:
            raise Conflict("main_room_only", "Only the main room can be recorded, while both sides sit there.")
        case End.NOT_EVERYBODY:
            raise Conflict("not_everybody_agrees", "Not everybody in the main room has agreed.")
