"""Reads of minutes that pages and documents share."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.live.models import Attendance
from mediation.minutes.kinds import Part
from mediation.minutes.models import MinutesPart
from mediation.people.models import Person
from mediation.recordings.models import Recording
from mediation.sessions.models import IdentityCheck, MediationSession, Participant
from mediation.sessions.queries import participants_of


@dataclass(frozen=True)
class Attended:
    """Somebody who was expected: their stays (from, until; None = still there), how their identity was checked."""

    participant: Participant
    person: Person
    stays: list[tuple[datetime, datetime | None]]
    document: str | None


async def parts_of(db: AsyncSession, session_id: str) -> dict[Part, MinutesPart]:
    """Every part in its order; those nobody wrote yet are empty with version 0."""
    rows = await db.scalars(select(MinutesPart).where(MinutesPart.session_id == session_id))
    written = {row.part: row for row in rows}
    return {part: written.get(part) or MinutesPart(part=part, version=0, text="") for part in Part}


async def attendance_of(db: AsyncSession, session: MediationSession) -> list[Attended]:
    """Who was there, and when; those who never came have no stay."""
    stays: dict[str, list[tuple[datetime, datetime | None]]] = {}
    rows = select(Attendance).where(Attendance.session_id == session.id).order_by(Attendance.came_at)
    for row in await db.scalars(rows):
        stays.setdefault(row.participant_id, []).append((row.came_at, _until(row.left_at, session)))
    expected = await participants_of(db, session.id)
    ids = [participant.id for participant, _person in expected]
    checks = await db.scalars(select(IdentityCheck).where(IdentityCheck.participant_id.in_(ids)))
    documents = {check.participant_id: check.document for check in checks}
    return [
        Attended(participant, person, stays.get(participant.id, []), documents.get(participant.id))
        for participant, person in expected
    ]


async def recorded_in(db: AsyncSession, session: MediationSession) -> list[tuple[datetime, datetime | None]]:
    """From when until when the session was recorded; None = it still is."""
    made = select(Recording).where(Recording.session_id == session.id).order_by(Recording.started_at)
    return [(each.started_at, _until(each.ended_at, session)) for each in await db.scalars(made)]


def _until(moment: datetime | None, session: MediationSession) -> datetime | None:
    """Nothing lasts longer than the session, whenever its end was noticed."""
    return min(filter(None, (moment, session.ended_at)), default=None)
