"""The seats of one session, read together with everything that decides about them; and the one way to change them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, Actor, ParticipantActor, StaffActor
from mediation.cases.access import working_on
from mediation.clock import now
from mediation.db import touched
from mediation.errors import Conflict, NotAllowed, NotFound
from mediation.journal.record import record
from mediation.live.models import LiveSession, Seat
from mediation.live.rules import CONSULTATION, LEFT, MAIN, Seated, check_seating, host_role, waiting_room
from mediation.people.models import Person
from mediation.people.queries import lock_people, protected_among
from mediation.recordings.consents import answers_of
from mediation.recordings.lifetime import end, newest_of
from mediation.recordings.models import Recording
from mediation.recordings.rules import MainRoom, reason_to_end
from mediation.sessions.models import IdentityCheck, MediationSession, Mode, Participant, SessionState, Side
from mediation.sessions.queries import participants_of
from mediation.sessions.rules import with_attending


@dataclass
class Live:
    """One session while it is held, as the database has it. `pairs`: who is kept apart, with those who attend them;
    `staff`: those who are expected and whose organisation still works on the case; `recording`: the newest one, running or
    ended; `agreed`: what people answered when asked about recording."""

    session: MediationSession
    row: LiveSession
    expected: dict[str, tuple[Participant, Person]]
    seats: dict[str, Seat]
    verified: frozenset[str]
    pairs: frozenset[frozenset[str]]
    host_id: str
    staff: frozenset[str]
    recording: Recording | None
    agreed: dict[str, bool]

    def seated(self) -> list[Seated]:
        """The seats as the rules want them."""
        return [self._seated(seat) for seat in self.seats.values()]

    def _seated(self, seat: Seat) -> Seated:
        participant, person = self.expected[seat.participant_id]
        verified = participant.staff_id is not None or participant.id in self.verified
        return Seated(participant.id, person.id, participant.role, participant.side, seat.room, verified)

    def seat(self, participant_id: str) -> Seat:
        """The participant's seat. Raises NotFound when they have not come in."""
        if participant_id not in self.seats:
            raise NotFound("not_seated", "This person is not here.")
        return self.seats[participant_id]

    def apart(self, one: str, other: str) -> bool:
        """Whether the two participants must know nothing of each other."""
        return frozenset({self.expected[one][1].id, self.expected[other][1].id}) in self.pairs

    @property
    def keeps_apart(self) -> bool:
        """Whether there are people here who never share a room."""
        return bool(self.pairs) or self.mode is Mode.SHUTTLE

    @property
    def main_room(self) -> MainRoom:
        """What decides about recording."""
        return MainRoom(
            kind=self.session.kind,
            state=self.session.state,
            open=self.row.paused_at is None and self.row.mediator_lost_at is None,
            people={seat.id: seat.side for seat in self.seated() if seat.room == MAIN},
            host_id=self.host_id,
            agreed=[ident for ident, given in self.agreed.items() if given],
        )

    @property
    def recorded(self) -> bool:
        """Whether the main room is being recorded, as far as the database knows and the rules allow."""
        running = self.recording is not None and self.recording.ended_at is None
        return running and reason_to_end(self.main_room) is None

    @property
    def mode(self) -> Mode:
        """Joint or shuttle."""
        return self.session.mode


async def load(db: AsyncSession, session_id: str, *, lock: bool = False) -> Live:
    """The live session; `lock` holds its people, itself and its seats until the transaction ends.

    People are locked first and in id order, as booking and protecting do; then the session, as who ends it does.
    Raises NotFound.
    """
    session = await db.get(MediationSession, session_id)
    if session is None:
        raise NotFound("session_not_found", "There is no such session.")
    if lock:
        ids = await db.scalars(select(Participant.person_id).where(Participant.session_id == session_id))
        await lock_people(db, ids.all())
        await db.refresh(session, with_for_update=True)
    row = await _row(db, session_id, lock)
    people = await participants_of(db, session_id)
    expected = {participant.id: (participant, person) for participant, person in people}
    seats = await db.scalars(select(Seat).where(Seat.session_id == session_id).order_by(Seat.arrived_at))
    checks = await db.scalars(select(IdentityCheck.participant_id).where(IdentityCheck.participant_id.in_(expected)))
    pairs = with_attending(
        await protected_among(db, [person.id for _, person in people]),
        [(person.id, participant.role, participant.side) for participant, person in people],
    )
    role = host_role(session.kind)
    first = (each.id for each, _ in people if each.role is role and each.removed_at is None)
    host_id = row.host_participant_id or next(first, "")
    staff = await working_on(db, session.case_id, [each.staff_id for each, _ in people if each.staff_id])
    return Live(
        session, row, expected, {seat.participant_id: seat for seat in seats}, frozenset(checks), pairs, host_id, staff,
        await newest_of(db, session_id), await answers_of(db, list(expected)),
    )  # fmt: skip


async def load_for_host(db: AsyncSession, actor: Actor, session_id: str) -> Live:
    """The locked live session, for the one who leads it. Raises NotAllowed for anybody else, Conflict when it is over."""
    live = await load(db, session_id, lock=True)
    if not is_host(live, actor):
        raise NotAllowed("host_only", "Only the mediator can do this.")
    require_open(live)
    return live


async def load_for_seated(db: AsyncSession, actor: Actor, session_id: str) -> tuple[Live, Seat]:
    """The locked live session and the actor's own seat. Raises NotAllowed, NotFound when they left, Conflict."""
    live = await load(db, session_id, lock=True)
    return live, require_seated(live, own_participant(live, actor))


def require_seated(live: Live, participant_id: str) -> Seat:
    """The seat of somebody who is here. Raises NotFound when they have not come in or left, Conflict when it is over."""
    seat = live.seat(participant_id)
    require_open(live)
    if seat.room == LEFT:
        raise NotFound("not_seated", "This person is not here.")
    return seat


def is_host(live: Live, actor: Actor) -> bool:
    """Whether the actor leads this session."""
    host = live.expected.get(live.host_id)
    return host is not None and isinstance(actor, StaffActor) and _is(live, host[0], actor)


def own_participant(live: Live, actor: Actor) -> str:
    """The id of the participant as whom the actor takes part. Raises NotAllowed when they don't."""
    for participant, _ in live.expected.values():
        if participant.removed_at is None and _is(live, participant, actor):
            return participant.id
    raise NotAllowed("not_expected", "You are not expected in this session.")


def _is(live: Live, participant: Participant, actor: Actor) -> bool:
    if isinstance(actor, ParticipantActor):
        return participant.id == actor.participant_id
    return isinstance(actor, StaffActor) and participant.staff_id == actor.staff_id and actor.staff_id in live.staff


def require_open(live: Live) -> None:
    """Raises Conflict when the session has ended or was cancelled."""
    if live.session.state in (SessionState.ENDED, SessionState.CANCELLED):
        raise Conflict("session_over", "This session is over.")


def place(db: AsyncSession, actor: Actor, live: Live, moves: Mapping[str, str], action: str, **data: object) -> None:
    """Seat people: the one way in which a seat's room changes. All moves happen, or none.

    Raises what `check_seating` raises.
    """
    before = {ident: live.seat(ident).room for ident in moves}
    talked = _talking(live)
    for ident, room in moves.items():
        live.seat(ident).room = room
    try:
        check_seating(live.seated(), live.host_id, live.pairs, live.mode)
    except Exception:
        for ident, room in before.items():
            live.seats[ident].room = room
        raise
    goes_or_comes = LEFT in (before.get(live.host_id), moves.get(live.host_id))
    if is_host(live, actor) and not goes_or_comes:
        live.row.mediator_lost_at = None  # who leads is back and decides
    for ident in moves:
        if before[ident] != moves[ident]:
            _note_move(live.seats[ident], before[ident])
    if live.keeps_apart and talked and not talked & _talking(live):
        live.row.topic = ""  # what one side talked about is not for the other to read
    changed(db, actor, live, action, moves=dict(moves), **data)


def _note_move(seat: Seat, before: str) -> None:
    called = seat.since != seat.arrived_at
    seat.since, seat.resume_room = now(), None
    if not called and {before, seat.room} == {LEFT, waiting_room(seat.participant_id)}:
        seat.arrived_at = seat.since  # who goes and comes by themselves has still not been called


def _talking(live: Live) -> set[str]:
    """Those of a side who read the topic now."""
    there = (seat.participant_id for seat in live.seats.values() if seat.room in (MAIN, CONSULTATION))
    return {ident for ident in there if live.expected[ident][0].side is not Side.NEUTRAL}


def changed(db: AsyncSession, actor: Actor, live: Live, action: str, **data: object) -> None:
    """Write the change down, and have everybody's view made anew."""
    record(db, actor, action, case_id=live.session.case_id, subject=live.session.id, **data)
    show_anew(db, live)


def show_anew(db: AsyncSession, live: Live) -> None:
    """After a change that was written down, have everybody's view made anew.

    A recording that may not go on ends with the change, in its transaction: no order of commands slips past the rules.
    """
    end_recording_if_due(db, live)
    touched(db, "session", live.session.id)


def end_recording_if_due(db: AsyncSession, live: Live) -> None:
    """End a running recording that the rules don't allow any more."""
    recording = live.recording
    if recording is not None and recording.ended_at is None:
        why = reason_to_end(live.main_room)
        if why is not None:
            end(db, SYSTEM, recording, why)


async def _row(db: AsyncSession, session_id: str, lock: bool) -> LiveSession:
    found = select(LiveSession).where(LiveSession.session_id == session_id)
    row = await db.scalar(found.with_for_update() if lock else found)
    if row is None:
        row = LiveSession(session_id=session_id, topic="")
        if lock:  # the people's locks keep a second first arrival out
            db.add(row)
            await db.flush()
    return row
