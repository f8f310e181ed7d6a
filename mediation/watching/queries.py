"""Every running session of the reader's organisation: who is where, how their connection is, what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import visible_to
from mediation.cases.models import CaseFile
from mediation.cases.queries import staff_names
from mediation.live.models import ConnectionSpan
from mediation.live.quality import Sample
from mediation.live.seating import Live, load
from mediation.permissions import Action, require
from mediation.sessions.models import MediationSession, Participant, SessionState
from mediation.watching.figures import Figures
from mediation.watching.models import Care
from mediation.watching.rules import Alert, Watched, alerts, taken


@dataclass(frozen=True)
class PersonWatched:
    """A participant who came: by their role, never by name."""

    participant: Participant
    watched: Watched
    samples: Sequence[Sample]


@dataclass(frozen=True)
class Warned:
    """An alert, about whom, and who takes care of it since when (empty: nobody yet)."""

    alert: Alert
    participant: Participant
    by: str
    taken_at: datetime | None


@dataclass(frozen=True)
class Running:
    """A session in which somebody is now."""

    session: MediationSession
    case: CaseFile
    people: list[PersonWatched]
    warnings: list[Warned]


async def running(db: AsyncSession, actor: StaffActor, figures: Figures, moment: datetime) -> list[Running]:
    """All running sessions of cases that the actor's organisation owns or shares; those that somebody waits for, too.

    Raises NotAllowed.
    """
    require(actor, Action.WATCH_SESSIONS)
    connected = exists().where(ConnectionSpan.session_id == MediationSession.id, ConnectionSpan.ended_at.is_(None))
    state = MediationSession.state
    found = (
        select(MediationSession, CaseFile)
        .join(CaseFile, CaseFile.id == MediationSession.case_id)
        .where(visible_to(actor), or_(state == SessionState.LIVE, (state == SessionState.BOOKED) & connected))
        .order_by(MediationSession.starts_at, MediationSession.id)
    )
    return [await _running(db, session, case, figures, moment) for session, case in await db.execute(found)]


async def _running(
    db: AsyncSession, session: MediationSession, case: CaseFile, figures: Figures, moment: datetime
) -> Running:
    live = await load(db, session.id)
    lost = await _lost(db, session.id)
    samples = figures.samples(session.id)
    people = [
        PersonWatched(participant, _watched(live, participant, lost, figures), samples.get(participant.id, ()))
        for participant, _person in live.expected.values()
        if participant.id in live.seats or participant.id == live.host_id
    ]
    found = alerts(
        [each.watched for each in people],
        live=session.state is SessionState.LIVE, starts_at=session.starts_at, moment=moment,
    )  # fmt: skip
    return Running(session, case, people, await _warned(db, live, found))


def _watched(live: Live, participant: Participant, lost: dict[str, datetime | None], figures: Figures) -> Watched:
    ident, seat = participant.id, live.seats.get(participant.id)
    return Watched(
        ident,
        host=ident == live.host_id,
        verified=participant.staff_id is not None or ident in live.verified,
        room=seat.room if seat else None,
        since=seat.since if seat else live.session.started_at,
        lost_at=lost.get(ident),
        missing_since=figures.missing_since(live.session.id, ident),
    )


async def _lost(db: AsyncSession, session_id: str) -> dict[str, datetime | None]:
    """Participant id → when their newest connection ended; None while it lasts."""
    spans = select(ConnectionSpan.participant_id, ConnectionSpan.ended_at).where(
        ConnectionSpan.session_id == session_id
    )
    return dict((await db.execute(spans.order_by(ConnectionSpan.began_at))).all())


async def _warned(db: AsyncSession, live: Live, found: Sequence[Alert]) -> list[Warned]:
    if not found:
        return []
    rows = select(Care).where(Care.session_id == live.session.id).order_by(Care.taken_at)
    cares = (await db.scalars(rows)).all()
    names = await staff_names(db, {care.staff_id for care in cares})
    warned = []
    for alert in found:
        care = next((each for each in cares if taken(alert, [(each.participant_id, each.kind, each.taken_at)])), None)
        participant, _person = live.expected[alert.participant_id]
        by, at = (names[care.staff_id], care.taken_at) if care else ("", None)
        warned.append(Warned(alert, participant, by, at))
    return warned
