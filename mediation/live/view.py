"""What one viewer may see of a live session: the one function from which every snapshot comes.

A viewer learns of the people in their own room and of nobody else; who leads learns of everybody. Somebody kept apart
from the viewer, and whoever accompanies that person, does not exist for the viewer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.live.chat import lines_for
from mediation.live.models import ChatLine, Consultation, Seat
from mediation.live.rules import CONSULTATION, LEFT, MAIN, caucus_room, is_waiting, waiting_room
from mediation.live.seating import Live
from mediation.sessions.models import SessionState, Side

Snapshot = dict[str, Any]


@dataclass(frozen=True)
class Presence:
    """What the connections know of a participant; nothing of it is in the database."""

    connection: str = "away"  # away | here | reconnecting
    microphone: bool = False
    camera: bool = False
    screen: bool = False


@dataclass(frozen=True)
class Media:
    """What the media engine confirmed: who may receive whom at this moment, both before and after a running change."""

    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    epoch: int = 0


async def view_for(
    db: AsyncSession, live: Live, viewer_id: str, presence: Mapping[str, Presence], media: Media
) -> Snapshot:
    """The viewer's snapshot. It holds no moment that only hidden people could have caused."""
    seat = live.seats.get(viewer_id)
    participant, _ = live.expected[viewer_id]
    hosting = viewer_id == live.host_id
    room = seat.room if seat else LEFT
    together = _together(live, viewer_id, room)
    heard_by = [ident for ident, sources in media.lists.items() if viewer_id in sources]
    snapshot: Snapshot = {
        "session": {
            "id": live.session.id,
            "state": _state(live, viewer_id).value,
            "kind": live.session.kind.value,
            "mode": live.session.mode.value,
            "starts_at": live.session.starts_at.isoformat(),
            "ends_at": live.session.ends_at.isoformat(),
            "paused": live.row.paused_at is not None,
            "next_at": _iso(live.row.next_at),
            "topic": live.row.topic if room in (MAIN, CONSULTATION) else "",
        },
        "you": {
            **_card(live, viewer_id, viewer_id),
            "host": hosting,
            "place": _place(room, viewer_id),
            "since": _iso(seat.since if seat else None),
            "arrived_at": _iso(seat.arrived_at if seat else None),
            "removed": participant.removed_at is not None,
            "verified": participant.staff_id is not None or viewer_id in live.verified,
            "hand": bool(seat and seat.hand_raised_at),
            "muted": bool(seat and seat.muted),
            "may_share_screen": hosting or bool(seat and seat.may_share_screen),
        },
        "host": _host(live, viewer_id, presence),
        "recording": {
            "on": room == MAIN and live.recorded,
            "asked": live.row.recording_asked_at is not None,
            "agreed": live.agreed.get(viewer_id),
        },
        "people": [_person(live, ident, viewer_id, presence) for ident in together],
        # The union of what the engine still forwards and what it will forward: in doubt, name more.
        "heard_by": [_card(live, ident, viewer_id) for ident in heard_by if not _hidden(live, viewer_id, ident)],
        "receive": sorted(media.lists.get(viewer_id, frozenset()) & set(together)),
        "media_epoch": media.epoch,
        "chat": [_line(live, line, viewer_id) for line in await lines_for(db, live, viewer_id)],
    }
    if hosting:
        snapshot["everybody"] = [_for_host(live, ident, presence) for ident in live.expected]
        snapshot["consultation"] = await _consultation(db, live)
        snapshot["lost_at"] = _iso(live.row.mediator_lost_at)
        snapshot["recording_ended"] = (
            live.recording.ended_by.value if live.recording and live.recording.ended_by else None
        )
    elif room == LEFT or live.session.state is SessionState.ENDED:
        snapshot["chat"] = []
    return snapshot


def _together(live: Live, viewer_id: str, room: str) -> list[str]:
    """Who shares the viewer's room, in a fixed order that favours no side by loudness or arrival."""
    if room == LEFT:
        return []
    return [
        ident
        for ident in live.expected
        if ident != viewer_id
        and ident in live.seats
        and live.seats[ident].room == room
        and not _hidden(live, viewer_id, ident)
    ]


def _hidden(live: Live, viewer_id: str, other_id: str) -> bool:
    """Whether the other must not exist for the viewer."""
    return viewer_id != live.host_id and live.apart(viewer_id, other_id)


def _has_hidden(live: Live, viewer_id: str) -> bool:
    return any(_hidden(live, viewer_id, ident) for ident in live.expected)


def _state(live: Live, viewer_id: str) -> SessionState:
    """The session's state; that it began by calling somebody hidden is not told before the viewer was called too."""
    seat, state = live.seats.get(viewer_id), live.session.state
    called = seat is not None and seat.since != seat.arrived_at  # seating keeps them equal until then
    if state is SessionState.LIVE and not called and _has_hidden(live, viewer_id):
        return SessionState.BOOKED
    return state


def _card(live: Live, ident: str, viewer_id: str) -> Snapshot:
    participant, person = live.expected[ident]
    return {
        "id": ident,
        "called": person.called,
        "side": participant.side.value,
        "role": participant.role.value,
        "you": ident == viewer_id,
    }


def _person(live: Live, ident: str, viewer_id: str, presence: Mapping[str, Presence]) -> Snapshot:
    seat, state = live.seats[ident], presence.get(ident, Presence())
    return {
        **_card(live, ident, viewer_id),
        "connection": state.connection,
        "microphone": state.microphone and not seat.muted,
        "camera": state.camera,
        "screen": state.screen and (seat.may_share_screen or ident == live.host_id),
        "hand": seat.hand_raised_at is not None,
        "muted": seat.muted,
    }


def _place(room: str, viewer_id: str) -> str:
    if is_waiting(room):
        return "waiting" if room == waiting_room(viewer_id) else "visiting"
    return "caucus" if room.startswith("caucus:") else room


def _host(live: Live, viewer_id: str, presence: Mapping[str, Presence]) -> Snapshot:
    """Where the host is, as far as the viewer may know: with them, elsewhere, with the other side, lost."""
    if not live.host_id:
        return {"called": "", "where": "away"}
    _, person = live.expected[live.host_id]
    return {"called": person.called, "where": _host_where(live, viewer_id, presence)}


def _host_where(live: Live, viewer_id: str, presence: Mapping[str, Presence]) -> str:
    host, seat = live.seats.get(live.host_id), live.seats.get(viewer_id)
    viewer, _ = live.expected[viewer_id]
    if host is None or host.room == LEFT:
        return "away"
    if live.row.mediator_lost_at is not None and _state(live, viewer_id) is not SessionState.BOOKED:
        return "lost"
    if seat is not None and seat.room == host.room:
        return "with_you"
    others = {Side.APPLICANT: Side.RESPONDENT, Side.RESPONDENT: Side.APPLICANT}
    other_side = others.get(viewer.side)
    if other_side is not None and host.room == caucus_room(other_side) and not _has_hidden(live, viewer_id):
        return "with_other_side"
    if _has_hidden(live, viewer_id):
        # One text whatever the host does, so that nothing of the other person shows through.
        return "elsewhere"
    if presence.get(live.host_id, Presence()).connection != "here":
        return "reconnecting"
    return "elsewhere"


def _line(live: Live, line: ChatLine, viewer_id: str) -> Snapshot:
    _, author = live.expected[line.author_participant_id]
    owner = line.room.removeprefix("waiting:") if is_waiting(line.room) else None
    return {
        "id": line.id,
        "key": line.key if line.author_participant_id == viewer_id else None,
        "author": author.called,
        "yours": line.author_participant_id == viewer_id,
        "waiting_room_of": owner if viewer_id == live.host_id else None,
        "text": line.text,
        "at": line.at.isoformat(),
    }


def _for_host(live: Live, ident: str, presence: Mapping[str, Presence]) -> Snapshot:
    participant, _ = live.expected[ident]
    seat: Seat | None = live.seats.get(ident)
    state = presence.get(ident, Presence())
    return {
        **_card(live, ident, live.host_id),
        "staff": participant.staff_id is not None,
        "room": seat.room if seat else None,
        "connection": state.connection if seat and seat.room != LEFT else "away",
        "microphone": state.microphone,
        "camera": state.camera,
        "verified": participant.staff_id is not None or ident in live.verified,
        "agreed_to_recording": live.agreed.get(ident),
        "reply": participant.reply.value,
        "required": participant.required,
        "removed": participant.removed_at is not None,
        "hand": bool(seat and seat.hand_raised_at),
        "signal": seat.signal if seat else None,
        "signalled_at": _iso(seat.signalled_at if seat else None),
        "muted": bool(seat and seat.muted),
        "may_share_screen": bool(seat and seat.may_share_screen),
        "since": _iso(seat.since if seat else None),
        "resume_room": seat.resume_room if seat else None,
        "kept_apart_from": sorted(other for other in live.expected if live.apart(ident, other)),
    }


async def _consultation(db: AsyncSession, live: Live) -> Snapshot | None:
    newest = select(Consultation).where(Consultation.session_id == live.session.id, Consultation.withdrawn_at.is_(None))
    asked = (await db.scalars(newest.order_by(Consultation.asked_at.desc()))).first()
    if asked is None:
        return None
    return {
        "id": asked.id,
        "question": asked.question,
        "asked_at": asked.asked_at.isoformat(),
        "answered": asked.answered_at is not None,
        "advice": asked.advice,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def server_time() -> str:
    """For browsers with a wrong clock."""
    return now().isoformat()
