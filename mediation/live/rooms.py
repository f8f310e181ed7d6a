"""The host moves people: main room, caucus, judge consultation, waiting rooms; pause and end of a stay.

Every verb takes the locked session of its host, moves seats through `place`, and leaves media to follow.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.clock import now
from mediation.errors import Conflict, Invalid, NotFound
from mediation.invitations.announce import announce_removed
from mediation.invitations.links import revoke
from mediation.live import connections
from mediation.live.entering import close_stay
from mediation.live.kinds import Ending
from mediation.live.models import Seat
from mediation.live.rules import CONSULTATION, LEFT, MAIN, caucus_room, is_waiting, waiting_room
from mediation.live.seating import Live, changed, load_for_host, place
from mediation.sessions.models import ParticipantRole, SessionState, Side
from mediation.sessions.states import start

NEAR = timedelta(hours=24)  # a time announced to people who wait


async def admit(db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str) -> None:
    """Bring one person into the main room, and the host with them."""
    live = await load_for_host(db, actor, session_id)
    _present(live, participant_id)
    await _begin(db, actor, live)
    place(db, actor, live, {participant_id: MAIN, live.host_id: MAIN}, "admitted", participant=participant_id)


async def dismiss(db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str) -> None:
    """Ask one person back into their waiting room."""
    live = await load_for_host(db, actor, session_id)
    _present(live, participant_id)
    place(db, actor, live, {participant_id: waiting_room(participant_id)}, "dismissed", participant=participant_id)


async def visit(db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str) -> None:
    """The host looks into somebody's waiting room: to greet, to check identity, to talk alone."""
    live = await load_for_host(db, actor, session_id)
    _present(live, participant_id)
    place(db, actor, live, {live.host_id: waiting_room(participant_id)}, "visited", participant=participant_id)


async def go_to_main(db: AsyncSession, actor: StaffActor, session_id: str) -> None:
    """The host goes back to the main room; whoever sits there is heard again."""
    live = await load_for_host(db, actor, session_id)
    place(db, actor, live, {live.host_id: MAIN}, "host_returned")


async def hold_caucus(db: AsyncSession, actor: StaffActor, session_id: str, side: Side) -> None:
    """Talk with one side alone 背对背: that side and the host move, everybody else waits.

    Raises NotFound when nobody of that side is here with their identity confirmed.
    """
    live = await load_for_host(db, actor, session_id)
    theirs = [seat for seat in _arrived(live) if _side(live, seat) is side and _verified(live, seat)]
    if not theirs:
        raise NotFound("nobody_of_that_side", "Nobody of that side is here yet.")
    await _begin(db, actor, live)
    room = caucus_room(side)
    moves = _everybody_waits(live) | {seat.participant_id: room for seat in theirs} | {live.host_id: room}
    place(db, actor, live, moves, "caucus_held", side=side.value)


async def recall(db: AsyncSession, actor: StaffActor, session_id: str, participant_ids: Collection[str]) -> None:
    """Bring the named people and the host together in the main room 面对面; the others stay where they are.

    Raises NotAllowed("kept_apart") when two of them may not meet.
    """
    live = await load_for_host(db, actor, session_id)
    for participant_id in participant_ids:
        _present(live, participant_id)
    await _begin(db, actor, live)
    moves = dict.fromkeys([*participant_ids, live.host_id], MAIN)
    place(db, actor, live, moves, "recalled")


async def consult_judge(db: AsyncSession, actor: StaffActor, session_id: str, sides: Collection[Side]) -> None:
    """Talk with the judge: host and judge, with one or both sides if the host adds them; everybody else waits.

    Raises NotFound when no judge is here.
    """
    live = await load_for_host(db, actor, session_id)
    judges = [seat for seat in _arrived(live) if _role(live, seat) is ParticipantRole.JUDGE]
    if not judges:
        raise NotFound("no_judge_here", "No judge is here yet.")
    await _begin(db, actor, live)
    added = [seat for seat in _arrived(live) if _side(live, seat) in sides and _verified(live, seat)]
    together = {seat.participant_id: CONSULTATION for seat in (*judges, *added)} | {live.host_id: CONSULTATION}
    place(db, actor, live, _everybody_waits(live) | together, "judge_consulted", sides=sorted(sides))


async def separate(db: AsyncSession, actor: StaffActor, session_id: str) -> None:
    """Part the two sides at once 马上分开双方: everybody of a side goes to their own waiting room."""
    live = await load_for_host(db, actor, session_id)
    parties = [seat for seat in _arrived(live) if _side(live, seat) is not Side.NEUTRAL]
    place(db, actor, live, {s.participant_id: waiting_room(s.participant_id) for s in parties}, "separated")


async def everybody_waits(db: AsyncSession, actor: StaffActor, session_id: str) -> None:
    """A break: everybody goes to their own waiting room 各回等候室."""
    live = await load_for_host(db, actor, session_id)
    place(db, actor, live, _everybody_waits(live) | {live.host_id: MAIN}, "break_taken")


async def remove(db: AsyncSession, actor: StaffActor, session_id: str, participant_id: str) -> None:
    """Take somebody out for good: the seat is gone, the link opens nothing any more, they are told not to come."""
    live = await load_for_host(db, actor, session_id)
    if participant_id not in live.expected or participant_id == live.host_id:
        raise NotFound("not_seated", "This person is not here.")
    participant, _ = live.expected[participant_id]
    if participant.removed_at is not None:
        return
    participant.removed_at = now()
    moves = {participant_id: LEFT} if participant_id in live.seats else {}
    place(db, actor, live, moves, "removed", participant=participant_id)
    await close_stay(db, participant_id)
    await connections.ended(db, participant_id, Ending.REMOVED)
    if participant.staff_id is None:
        await revoke(db, actor, participant_id)
    await announce_removed(db, live.session, participant)


async def pause(db: AsyncSession, actor: StaffActor, session_id: str, until: datetime | None = None) -> None:
    """Interrupt the session: nobody hears anybody; `until` is what people read as the time to go on.

    Raises Invalid for a time that is not near.
    """
    live = await load_for_host(db, actor, session_id)
    live.row.paused_at, live.row.next_at = now(), _near(until)
    changed(db, actor, live, "paused")


async def unpause(db: AsyncSession, actor: StaffActor, session_id: str) -> None:
    """Go on after a pause, everybody where they were."""
    live = await load_for_host(db, actor, session_id)
    live.row.paused_at = live.row.next_at = None
    changed(db, actor, live, "resumed")


async def announce_time(db: AsyncSession, actor: StaffActor, session_id: str, at: datetime | None) -> None:
    """Tell the waiting when their turn comes 潘调解员说…; None takes it back. Raises Invalid for a time that is not near."""
    live = await load_for_host(db, actor, session_id)
    live.row.next_at = _near(at)
    changed(db, actor, live, "time_announced")


async def name_topic(db: AsyncSession, actor: StaffActor, session_id: str, topic: str) -> None:
    """Say what is being talked about; shown in the main room."""
    live = await load_for_host(db, actor, session_id)
    live.row.topic = topic.strip()[:120]
    changed(db, actor, live, "topic_named")


def _near(moment: datetime | None) -> datetime | None:
    if moment is not None and not now() - NEAR < moment < now() + NEAR:
        raise Invalid("invalid_time", "Please give a time of today.")
    return moment


async def _begin(db: AsyncSession, actor: StaffActor, live: Live) -> None:
    if live.session.state is SessionState.BOOKED:
        await start(db, actor, live.session.id)
    if live.row.paused_at is not None:
        raise Conflict("paused", "The session is paused. Please resume it first.")


def _present(live: Live, participant_id: str) -> Seat:
    seat = live.seat(participant_id)
    if seat.room == LEFT or participant_id == live.host_id:
        raise NotFound("not_seated", "This person is not here.")
    return seat


def _arrived(live: Live) -> list[Seat]:
    return [seat for seat in live.seats.values() if seat.room != LEFT and seat.participant_id != live.host_id]


def _everybody_waits(live: Live) -> dict[str, str]:
    away = [seat for seat in _arrived(live) if not is_waiting(seat.room)]
    return {seat.participant_id: waiting_room(seat.participant_id) for seat in away}


def _side(live: Live, seat: Seat) -> Side:
    return live.expected[seat.participant_id][0].side


def _role(live: Live, seat: Seat) -> ParticipantRole:
    return live.expected[seat.participant_id][0].role


def _verified(live: Live, seat: Seat) -> bool:
    participant, _ = live.expected[seat.participant_id]
    return participant.staff_id is not None or participant.id in live.verified
