"""Tell the demo's story once, and book a session for today at every start."""

import json
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.accounts.organisations import add_organisation
from mediation.accounts.passwords import new_password, random_password
from mediation.accounts.staff import add_staff
from mediation.actor import SYSTEM, Role, StaffActor
from mediation.cases.kinds import DisputeKind
from mediation.cases.models import CaseFile, CaseState, Party, PartyRole
from mediation.cases.parties import PartyEntry
from mediation.cases.registering import Dispute, register
from mediation.cases.sharing import share
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.demo.cast import (
    COURT,
    FEDERATION,
    PROPERTY,
    PROPERTY_SUMMARY,
    STAFF,
    VISITING,
    VISITING_SUMMARY,
    Couple,
    Part,
)
from mediation.errors import Conflict
from mediation.files import write_atomically
from mediation.live.separation import keep_apart
from mediation.people.models import Person
from mediation.scheduling.booking import book
from mediation.sessions.kinds import Mode, ParticipantRole, SessionKind, Side
from mediation.sessions.models import MediationSession, SessionState
from mediation.sessions.rules import Expected

QUARTER = timedelta(minutes=15)
LEAST_LEFT = timedelta(minutes=20)


def passwords_file(settings: Settings) -> Path:
    """Where the demo's random passwords lie; only the owner of the data may read it."""
    return settings.data_dir / "demo-passwords.json"


async def tell(database: Database, settings: Settings) -> None:
    """Make the demo's people and cases at the first start; make sure of a session for today at each."""
    await database.write(lambda db: _people(db, settings))
    await database.write(lambda db: _today(db, settings))


async def acting(db: AsyncSession, username: str) -> StaffActor:
    """A member of the demo's staff as the one who acts."""
    found = select(Staff, Person).join(Person, Person.id == Staff.person_id).where(Staff.username == username)
    staff, person = (await db.execute(found)).one()
    roles = frozenset(Role(role) for role in staff.roles)
    return StaffActor(staff.id, staff.person_id, staff.organisation_id, roles, "demo", person.called)


async def _people(db: AsyncSession, settings: Settings) -> None:
    if await db.scalar(select(Staff.id).limit(1)) is not None:
        return
    federation = await add_organisation(db, SYSTEM, *FEDERATION)
    court = await add_organisation(db, SYSTEM, *COURT)
    passwords = {part.username: random_password(part.username) for part in STAFF}
    for part in STAFF:
        await _join(db, part, court.id if part.of_court else federation.id, passwords[part.username])
    # Before the commit: accounts whose passwords nobody knows would be of no use.
    write_atomically(passwords_file(settings), json.dumps(passwords).encode(), mode=0o600)
    property_case = await _register(db, settings, DisputeKind.PROPERTY, PROPERTY_SUMMARY, PROPERTY)
    await share(db, await acting(db, "zhou"), property_case.id, court.id)
    mediator = await acting(db, "pan")
    parties = await _parties(db, property_case)
    await keep_apart(db, mediator, parties[PartyRole.APPLICANT], parties[PartyRole.RESPONDENT], "人身安全保护令")
    await _book(db, property_case, _afternoon(settings, days=1), Mode.SHUTTLE)


async def _join(db: AsyncSession, part: Part, organisation_id: str, password: str) -> None:
    email, hashed = f"{part.username}@example.org", await new_password(password, part.username)
    await add_staff(
        db, SYSTEM, organisation_id, part.name, part.called, part.username, [part.role], part.title, hashed, email
    )


async def _today(db: AsyncSession, settings: Settings) -> None:
    case = await _open_case(db, settings)
    moment = now()
    today = moment.astimezone(settings.zone).date()
    booked = await db.scalars(
        select(MediationSession).where(
            MediationSession.case_id == case.id, MediationSession.state.in_((SessionState.BOOKED, SessionState.LIVE))
        )
    )
    for session in booked:
        # The next quarter may be tomorrow's first.
        near = session.starts_at.astimezone(settings.zone).date() == today or session.starts_at - moment <= QUARTER
        if session.state is SessionState.LIVE or (near and session.ends_at - moment > LEAST_LEFT):
            return
    await _book_soon(db, case, _next_quarter(moment))


async def _book_soon(db: AsyncSession, case: CaseFile, starts_at: datetime) -> None:
    """Book the first quarter from this one on at which everybody is free; they may be expected elsewhere."""
    while True:
        try:
            return await _book(db, case, starts_at, Mode.JOINT)
        except Conflict as refused:
            if refused.code != "slot_taken":
                raise
            starts_at += QUARTER


async def _open_case(db: AsyncSession, settings: Settings) -> CaseFile:
    found = select(CaseFile).where(CaseFile.dispute_kind == DisputeKind.VISITING, CaseFile.state == CaseState.OPEN)
    case = (await db.scalars(found.order_by(CaseFile.opened_at))).first()
    if case is None:
        case = await _register(db, settings, DisputeKind.VISITING, VISITING_SUMMARY, VISITING)
        judge = await acting(db, "chen")
        await share(db, await acting(db, "zhou"), case.id, judge.organisation_id)
    return case


async def _register(db: AsyncSession, settings: Settings, kind: DisputeKind, summary: str, couple: Couple) -> CaseFile:
    dispute = Dispute(kind, summary, source="来访")
    entries = [await _entry(db, *party) for party in (couple.applicant, couple.respondent)]
    return await register(db, await acting(db, "pan"), dispute, entries[0], entries[1], settings)


async def _entry(db: AsyncSession, name: str, called: str, phone: str, email: str, relation: str) -> PartyEntry:
    known = await db.scalar(select(Person.id).where(Person.name == name, Person.email == email))
    if known:
        return PartyEntry(person_id=known, relation=relation)
    return PartyEntry(name=name, called=called, phone=phone, email=email, relation=relation)


async def _book(db: AsyncSession, case: CaseFile, starts_at: datetime, mode: Mode) -> None:
    parties = await _parties(db, case)
    expected = [
        Expected(parties[PartyRole.APPLICANT], ParticipantRole.APPLICANT, Side.APPLICANT),
        Expected(parties[PartyRole.RESPONDENT], ParticipantRole.RESPONDENT, Side.RESPONDENT),
    ]
    for username, role in (("pan", ParticipantRole.MEDIATOR), ("zhou", ParticipantRole.FEDERATION)):
        actor = await acting(db, username)
        required = role is ParticipantRole.MEDIATOR
        expected.append(Expected(actor.person_id, role, Side.NEUTRAL, required, actor.staff_id))
    mediator = await acting(db, "pan")
    await book(
        db, mediator, case.id, kind=SessionKind.MEDIATION, mode=mode, starts_at=starts_at, minutes=60,
        expected=expected,
    )  # fmt: skip


async def _parties(db: AsyncSession, case: CaseFile) -> dict[PartyRole, str]:
    rows = await db.execute(select(Party.role, Party.person_id).where(Party.case_id == case.id))
    return dict(rows.all())


def _next_quarter(moment: datetime) -> datetime:
    return datetime.fromtimestamp((moment.timestamp() // QUARTER.total_seconds() + 1) * 900, tz=moment.tzinfo)


def _afternoon(settings: Settings, days: int) -> datetime:
    day = now().astimezone(settings.zone) + timedelta(days=days)
    return day.replace(hour=14, minute=30, second=0, microsecond=0)
