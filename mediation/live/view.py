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
from mediation.sessions.models import IdentityCheck, ParticipantRole, SessionState, Side

_ATTACHED = {ParticipantRole.COMPANION, ParticipantRole.REPRESENTATIVE}
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
            "state": live.session.state.value,
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
        "people": [_person(live, ident, viewer_id, presence) for ident in together],
        # The union of what the engine still forwards and what it will forward: in doubt, name more.
        "heard_by": [_card(live, ident, viewer_id) for ident in heard_by if not _hidden(live, viewer_id, ident)],
        "receive": sorted(media.lists.get(viewer_id, frozenset()) & set(together)),
        "media_epoch": media.epoch,
        "chat": [_line(live, line, viewer_id) for line in await lines_for(db, live, viewer_id)],
    }
    if hosting:
        snapshot["everybody"] = await _everybody(db, live, presence)
        snapshot["consultation"] = await _consultation(db, live)
        snapshot["lost_at"] = _iso(live.row.mediator_lost_at)
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
    """Whether the other must not exist for the viewer: kept apart, or attached to somebody who is."""
    if viewer_id == live.host_id:
        return False
    viewer, viewer_person = live.expected[viewer_id]
    other, other_person = live.expected[other_id]
    apart = {person for pair in live.pairs if viewer_person.id in pair for person in pair}
    if not apart or other_id == viewer_id:
        return False
    if other_person.id in apart:
        return True
    sides = {p.side for p, person in live.expected.values() if person.id in apart and person.id != viewer_person.id}
    return other.role in _ATTACHED and other.side in sides and other.side is not viewer.side


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
    if host is None:
        return "away"
    if live.row.mediator_lost_at is not None:
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


def _has_hidden(live: Live, viewer_id: str) -> bool:
    return any(_hidden(live, viewer_id, ident) for ident in live.expected)


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


async def _everybody(db: AsyncSession, live: Live, presence: Mapping[str, Presence]) -> list[Snapshot]:
    found = select(IdentityCheck.participant_id).where(IdentityCheck.participant_id.in_(live.expected))
    checked = set(await db.scalars(found))
    return [_for_host(live, ident, checked, presence) for ident in live.expected]


def _for_host(live: Live, ident: str, checked: set[str], presence: Mapping[str, Presence]) -> Snapshot:
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
        "verified": participant.staff_id is not None or ident in checked,
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
        "kept_apart_from": sorted(
            other for other in live.expected if other != ident and _kept_apart(live, ident, other)
        ),
    }


def _kept_apart(live: Live, one: str, other: str) -> bool:
    return frozenset({live.expected[one][1].id, live.expected[other][1].id}) in live.pairs


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
