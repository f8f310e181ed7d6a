"""When of whom there are voice and picture in a recording: what a page needs to play everybody in step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.people.models import Person
from mediation.recordings.models import RecordedPart, Recording, Shows
from mediation.sessions.models import Participant, ParticipantRole, Side


@dataclass(frozen=True)
class Piece:
    """One file of a person, or of their screen: from when to when in the recording, in milliseconds; when camera (or
    screen) and voice were there; `turns`: from when the picture has to be turned by how many degrees clockwise."""

    part: RecordedPart
    offset: int
    duration: int
    camera: tuple[tuple[int, int], ...]
    voice: tuple[tuple[int, int], ...]
    turns: tuple[tuple[int, int], ...]

    @property
    def shared(self) -> bool:
        """Whether it shows a screen, as far as is known: a file that was kept ready for one and never used does not."""
        known = self.part.filed_at is not None
        return self.part.shows is Shows.SCREEN and bool(self.camera or self.part.altered or not known)


@dataclass(frozen=True)
class Recorded:
    """Somebody who was recorded; `screens`: what they shared, if they did."""

    participant_id: str
    called: str
    role: ParticipantRole
    side: Side
    pieces: tuple[Piece, ...]
    screens: tuple[Piece, ...]


async def timeline_of(db: AsyncSession, recording: Recording) -> list[Recorded]:
    """Everybody who was recorded, in the fixed order of the sides."""
    rows = await db.execute(
        select(RecordedPart, Participant, Person)
        .join(Participant, Participant.id == RecordedPart.participant_id)
        .join(Person, Person.id == Participant.person_id)
        .where(RecordedPart.recording_id == recording.id)
        .order_by(RecordedPart.began_at, RecordedPart.id)
    )
    found = [(piece_of(recording, part), participant, person) for part, participant, person in rows]
    people = {participant.id: (participant, person) for _, participant, person in found}
    everybody = [
        Recorded(
            ident, person.called, participant.role, participant.side,
            tuple(piece for piece, whose, _ in found if whose.id == ident and piece.part.shows is Shows.PERSON),
            tuple(piece for piece, whose, _ in found if whose.id == ident and piece.shared),
        )
        for ident, (participant, person) in people.items()
    ]  # fmt: skip
    return sorted(everybody, key=lambda each: (list(Side).index(each.side), each.role, each.called))


def prepared(people: Sequence[Recorded]) -> bool:
    """Whether every film was looked through, so that all can be played in step."""
    return all(piece.part.filed_at is not None for each in people for piece in (*each.pieces, *each.screens))


def piece_of(recording: Recording, part: RecordedPart) -> Piece:
    """The part's place in the recording."""
    held: dict[str, Any] = part.contents or {"duration": 0, "events": []}
    offset = round((part.began_at - recording.started_at).total_seconds() * 1000)
    events: Sequence[tuple[int, str, Any]] = held["events"]
    return Piece(
        part, max(0, offset), held["duration"], _while_on("camera", events, held["duration"]),
        _while_on("voice", events, held["duration"]), tuple((at, value) for at, what, value in events if what == "turn"),
    )  # fmt: skip


def _while_on(what: str, events: Sequence[tuple[int, str, Any]], duration: int) -> tuple[tuple[int, int], ...]:
    """From the switches of one kind, when it was on."""
    spans: list[tuple[int, int]] = []
    since: int | None = None
    for at, kind, on in events:
        if kind == what and on and since is None:
            since = at
        elif kind == what and not on and since is not None:
            spans.append((since, at))
            since = None
    return tuple(spans if since is None else [*spans, (since, duration)])
