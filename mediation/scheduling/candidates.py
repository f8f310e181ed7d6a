"""Who can be chosen for a session of a case, and who is proposed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation, Staff
from mediation.actor import Role, StaffActor
from mediation.cases.models import CaseFile, Party
from mediation.errors import Invalid
from mediation.people.models import Person
from mediation.scheduling.expected import staff_of
from mediation.sessions.kinds import ParticipantRole, SessionKind, Side
from mediation.sessions.rules import PARTY_SIDES, STAFF_ROLES, Expected

FIELD = "expect."  # + role.person: the name of the form field that says whether somebody comes


class Coming(StrEnum):
    """Whether somebody is expected."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NOT = "not"


@dataclass(frozen=True)
class Candidate:
    """Somebody who can be chosen. `note`: what they are, or where they work; `proposed`: what the form begins with."""

    expected: Expected
    called: str
    note: str
    proposed: Coming

    @property
    def field(self) -> str:
        """The name of their form field."""
        return f"{FIELD}{self.expected.role.value}.{self.expected.person_id}"


async def candidates(db: AsyncSession, case: CaseFile, actor: StaffActor, kind: SessionKind) -> list[Candidate]:
    """Parties first, then the staff who work on the case: mediators, federation workers, judges."""
    return [*await _parties(db, case, kind), *await _staff(db, case, actor, kind)]


def looked_at(entered: Mapping[str, str], offered: Sequence[Candidate]) -> list[Expected]:
    """Who would be expected, as the form says so far; where it says nothing, as proposed."""
    answers = [(each.expected, coming(entered, each)) for each in offered]
    return [replace(each, required=answer is Coming.REQUIRED) for each, answer in answers if answer is not Coming.NOT]


async def chosen(db: AsyncSession, entered: Mapping[str, str]) -> list[Expected]:
    """Who is expected, as the finished form says. Whether they may be, `book` decides.

    Raises Invalid("invalid_form") for a field that names no role, or an answer that is none.
    """
    fields = {name: answer for name, answer in entered.items() if name.startswith(FIELD)}
    people = [name.removeprefix(FIELD).partition(".")[2] for name in fields]
    rows = await db.execute(select(Staff.person_id, Staff.id).where(Staff.person_id.in_(people)))
    staff = {row.person_id: row.id for row in rows}
    expected = [_expected(name, answer, staff) for name, answer in fields.items()]
    return [each for each in expected if each is not None]


def _expected(field: str, answer: str, staff: Mapping[str, str]) -> Expected | None:
    role_name, _dot, person = field.removeprefix(FIELD).partition(".")
    try:
        role, comes = ParticipantRole(role_name), Coming(answer)
    except ValueError:
        raise Invalid("invalid_form", fields={field: "Please choose one of the answers."}) from None
    if comes is Coming.NOT:
        return None
    staff_id = staff.get(person) if role in STAFF_ROLES else None
    return Expected(person, role, PARTY_SIDES.get(role, Side.NEUTRAL), comes is Coming.REQUIRED, staff_id)


def coming(entered: Mapping[str, str], each: Candidate) -> Coming:
    """Whether this candidate is expected, as the form says."""
    try:
        return Coming(entered.get(each.field) or each.proposed)
    except ValueError:
        raise Invalid("invalid_form", fields={each.field: "Please choose one of the answers."}) from None


async def _parties(db: AsyncSession, case: CaseFile, kind: SessionKind) -> list[Candidate]:
    rows = await db.execute(
        select(Party, Person)
        .join(Person, Person.id == Party.person_id)
        .where(Party.case_id == case.id)
        .order_by(Party.role, Person.created_at, Party.id)
    )
    found: list[Candidate] = []
    for party, person in rows:
        role = ParticipantRole(party.role.value)
        # One person asks the judge; it is mostly the one who came to the federation.
        comes = kind is SessionKind.MEDIATION or not found
        found.append(
            Candidate(
                Expected(person.id, role, PARTY_SIDES[role]),
                person.called,
                role.value,
                Coming.REQUIRED if comes else Coming.NOT,
            )
        )
    return found


_OFFERED = {
    SessionKind.MEDIATION: (Role.MEDIATOR, Role.FEDERATION, Role.JUDGE),
    SessionKind.CONSULTATION: (Role.FEDERATION, Role.JUDGE),
}


async def _staff(db: AsyncSession, case: CaseFile, actor: StaffActor, kind: SessionKind) -> list[Candidate]:
    members = sorted(await staff_of(db, case), key=lambda member: (member.id != actor.staff_id, member.created_at))
    people = {
        person.id: person
        for person in await db.scalars(select(Person).where(Person.id.in_([member.person_id for member in members])))
    }
    places = {place.id: place.short_name for place in await db.scalars(select(Organisation))}
    pairs = [(role, member) for role in _OFFERED[kind] for member in members if role.value in member.roles]
    leading = _leading(case, actor, kind, pairs)
    return [
        Candidate(
            Expected(member.person_id, ParticipantRole(role.value), Side.NEUTRAL, staff_id=member.id),
            people[member.person_id].called,
            places[member.organisation_id],
            Coming.REQUIRED if (role, member.id) in leading else Coming.NOT,
        )
        for role, member in pairs
    ]


def _leading(
    case: CaseFile, actor: StaffActor, kind: SessionKind, pairs: Sequence[tuple[Role, Staff]]
) -> set[tuple[Role, str]]:
    """Who is proposed: the mediator of the case; in a consultation who books it, and whoever is the only one of their kind."""
    if kind is SessionKind.MEDIATION:
        own = actor.staff_id if Role.MEDIATOR in actor.roles else ""
        return {(Role.MEDIATOR, case.mediator_staff_id or own)}
    of = {wanted: [member.id for role, member in pairs if role is wanted] for wanted in (Role.FEDERATION, Role.JUDGE)}
    sole = {(role, ids[0]) for role, ids in of.items() if len(ids) == 1}
    return sole | {(Role.FEDERATION, actor.staff_id)}
