"""The main room is recorded only while everybody in it agrees (法释〔2021〕23号 art. 22): ask, answer, start, stop.

What else ends a recording is in recordings/rules.py and happens in seating.show_anew.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, Actor, StaffActor
from mediation.clock import now
from mediation.errors import Conflict
from mediation.live.seating import changed, load, load_for_host, load_for_seated, show_anew
from mediation.recordings.consents import give_answer
from mediation.recordings.kinds import End
from mediation.recordings.lifetime import begin, end
from mediation.recordings.rules import check_start
from mediation.sessions.kinds import SessionKind


async def ask_to_record(db: AsyncSession, actor: StaffActor, session_id: str, version: str, *, allowed: bool) -> None:
    """The host, who agrees by asking, lays the question before everybody. Asking again asks nobody twice.

    Raises Conflict("recording_off") where the setting doesn't allow it, Conflict("not_recordable") in a consultation,
    Conflict("text_changed").
    """
    live = await load_for_host(db, actor, session_id)
    _require(allowed)
    if live.session.kind is not SessionKind.MEDIATION:
        raise Conflict("not_recordable", "Consultations with a judge are never recorded.")
    host, _ = live.expected[live.host_id]
    await give_answer(db, actor, live.session, host, True, version)
    live.agreed[live.host_id] = True
    live.row.recording_asked_at = live.row.recording_asked_at or now()
    changed(db, actor, live, "recording_asked")


async def answer_recording(db: AsyncSession, actor: Actor, session_id: str, given: bool, version: str) -> None:
    """Somebody's own yes or no, which they may change at any time; a no ends a running recording at once.

    Raises Conflict("not_asked") for a yes that nobody asked for, Conflict("text_changed").
    """
    live, seat = await load_for_seated(db, actor, session_id)
    if given and live.row.recording_asked_at is None:
        raise Conflict("not_asked", "Nobody has asked to record this session.")
    participant, _ = live.expected[seat.participant_id]
    await give_answer(db, actor, live.session, participant, given, version)
    live.agreed[participant.id] = given
    show_anew(db, live)


async def start_recording(
    db: AsyncSession, actor: StaffActor, session_id: str, *, allowed: bool, keep_days: int
) -> None:
    """Record the main room from now on, to be kept for so many days. Nothing happens when it is being recorded already.

    Raises Conflict("recording_off"), and what `check_start` raises.
    """
    live = await load_for_host(db, actor, session_id)
    _require(allowed)
    check_start(live.main_room)
    if live.recording is None or live.recording.ended_at is not None:
        live.recording = await begin(db, actor, live.session, keep_days)
        show_anew(db, live)


async def stop_recording(db: AsyncSession, actor: StaffActor, session_id: str) -> None:
    """The host ends the recording. Nothing happens when there is none."""
    live = await load_for_host(db, actor, session_id)
    if live.recording is not None and live.recording.ended_at is None:
        end(db, actor, live.recording, End.STOPPED)
        show_anew(db, live)


async def settle_recording(db: AsyncSession, session_id: str) -> None:
    """End a recording that may not go on, after something happened that is no change of seats: the session's end."""
    show_anew(db, await load(db, session_id, lock=True))


async def fail_recording(db: AsyncSession, session_id: str) -> None:
    """It can't be written: nobody may believe that it goes on."""
    live = await load(db, session_id, lock=True)
    if live.recording is not None and live.recording.ended_at is None:
        end(db, SYSTEM, live.recording, End.FAILED)
        show_anew(db, live)


def _require(allowed: bool) -> None:
    if not allowed:
        raise Conflict("recording_off", "Recording is switched off at this workstation.")
