"""Reads of the journal, scoped to what the reader's organisation is answerable for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.actor import SYSTEM, StaffActor
from mediation.cases.access import visible_to
from mediation.cases.models import CaseFile
from mediation.journal.models import JournalEntry
from mediation.people.models import Person
from mediation.permissions import Action, require
from mediation.sessions.models import Participant

PAGE = 50  # entries on one page


@dataclass(frozen=True)
class Filter:
    """Part of a case number, an action's code, an actor's key; an empty one does not narrow."""

    case: str = ""
    action: str = ""
    actor: str = ""


@dataclass(frozen=True)
class Line:
    """One entry as it is read. `who` is None for the workstation itself."""

    seq: int
    at: datetime
    who: str | None
    action: str
    case_number: str
    subject: str
    data: dict[str, Any]
    hash: str


async def journal_page(db: AsyncSession, actor: StaffActor, wanted: Filter, page: int = 1) -> tuple[list[Line], int]:
    """One page of the journal, newest first, and how many pages there are.

    Seen are entries of cases of the actor's organisation, of its own staff, and refused logins.
    Raises NotAllowed.
    """
    require(actor, Action.SEE_JOURNAL)
    where = [_in_sight(actor), *_narrowed(wanted)]
    count = await db.scalar(select(func.count()).select_from(JournalEntry).where(*where)) or 0
    found = select(JournalEntry).where(*where).order_by(JournalEntry.seq.desc())
    entries = (await db.scalars(found.offset((page - 1) * PAGE).limit(PAGE))).all()
    names, numbers = await _names(db, entries), await _numbers(db, entries)
    lines = [
        Line(
            entry.seq, entry.at, names.get(entry.actor, None if entry.actor == SYSTEM.key else entry.actor), entry.action,
            numbers.get(entry.case_id or "", ""), entry.subject or "", entry.data, entry.hash,
        )
        for entry in entries
    ]  # fmt: skip
    return lines, max(1, -(-count // PAGE))


async def colleagues(db: AsyncSession, actor: StaffActor) -> list[tuple[str, str]]:
    """The staff of the actor's organisation as (actor key, name), to choose from."""
    found = select(Staff.id, Person.name).join(Person, Person.id == Staff.person_id)
    rows = await db.execute(found.where(Staff.organisation_id == actor.organisation_id).order_by(Person.name))
    return [(f"staff:{ident}", name) for ident, name in rows]


def _in_sight(actor: StaffActor) -> ColumnElement[bool]:
    own_staff = select(Staff.id).where(Staff.organisation_id == actor.organisation_id)
    own_keys = select(literal("staff:") + Staff.id).where(Staff.organisation_id == actor.organisation_id)
    refused_login = and_(
        JournalEntry.actor == SYSTEM.key,
        JournalEntry.case_id.is_(None),
        or_(JournalEntry.subject.is_(None), JournalEntry.subject.in_(own_staff)),
    )
    own_cases = select(CaseFile.id).where(visible_to(actor))
    return or_(JournalEntry.case_id.in_(own_cases), JournalEntry.actor.in_(own_keys), refused_login)


def _narrowed(wanted: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if wanted.case:
        of_number = select(CaseFile.id).where(CaseFile.number.contains(wanted.case, autoescape=True))
        where.append(JournalEntry.case_id.in_(of_number))
    if wanted.action:
        where.append(JournalEntry.action == wanted.action)
    if wanted.actor:
        where.append(JournalEntry.actor == wanted.actor)
    return where


async def _names(db: AsyncSession, entries: Sequence[JournalEntry]) -> dict[str, str]:
    keys = {entry.actor for entry in entries}
    staff = select(literal("staff:") + Staff.id, Person.name).join(Person, Person.id == Staff.person_id)
    guests = select(literal("participant:") + Participant.id, Person.called).join(
        Person, Person.id == Participant.person_id
    )
    found = staff.where((literal("staff:") + Staff.id).in_(keys)).union_all(
        guests.where((literal("participant:") + Participant.id).in_(keys))
    )
    return dict((await db.execute(found)).all())


async def _numbers(db: AsyncSession, entries: Sequence[JournalEntry]) -> dict[str, str]:
    ids = {entry.case_id for entry in entries if entry.case_id}
    return dict((await db.execute(select(CaseFile.id, CaseFile.number).where(CaseFile.id.in_(ids)))).all())
