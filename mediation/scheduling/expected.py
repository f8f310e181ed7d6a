"""Whether the people who are to be expected are who the booking says: parties of the case, staff who work on it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.cases.models import CaseFile, CaseShare, Party
from mediation.errors import Invalid
from mediation.people.models import Person
from mediation.sessions.kinds import ParticipantRole
from mediation.sessions.rules import PARTY_SIDES, STAFF_ROLES, Expected


async def confirm_expected(db: AsyncSession, case: CaseFile, expected: Sequence[Expected]) -> None:
    """Whether each is what the booking says of them in this case.

    Raises Invalid("not_a_party", "not_on_this_case", "not_in_the_directory").
    """
    parties = await _parties(db, case)
    staff = await _staff(db, case)
    others = [each.person_id for each in expected if each.role is ParticipantRole.REPRESENTATIVE]
    known = await _directory(db, case, others) if others else set()
    for each in expected:
        if each.role in STAFF_ROLES:
            if (each.staff_id, each.person_id, each.role.value) not in staff:
                raise Invalid("not_on_this_case", "Somebody of the staff does not work on this case file.")
        elif each.role in PARTY_SIDES:
            if (each.person_id, each.role.value) not in parties:
                raise Invalid("not_a_party", "Somebody is not a party of this case file.")
        elif each.role is ParticipantRole.REPRESENTATIVE and each.person_id not in known:
            raise Invalid("not_in_the_directory", "Somebody is not in the directory.")


async def _parties(db: AsyncSession, case: CaseFile) -> set[tuple[str, str]]:
    rows = await db.execute(select(Party.person_id, Party.role).where(Party.case_id == case.id))
    return {(person, role.value) for person, role in rows}


async def _staff(db: AsyncSession, case: CaseFile) -> set[tuple[str, str, str]]:
    return {(row.id, row.person_id, role) for row in await staff_of(db, case) for role in row.roles}


async def staff_of(db: AsyncSession, case: CaseFile) -> Sequence[Staff]:
    """The staff, not suspended, of the organisations that own or share the case."""
    shared = select(CaseShare.organisation_id).where(CaseShare.case_id == case.id)
    found = select(Staff).where(
        Staff.suspended_at.is_(None),
        (Staff.organisation_id == case.owner_organisation_id) | Staff.organisation_id.in_(shared),
    )
    return (await db.scalars(found)).all()


async def _directory(db: AsyncSession, case: CaseFile, person_ids: Sequence[str]) -> set[str]:
    mine = Person.organisation_id == case.owner_organisation_id
    return set(await db.scalars(select(Person.id).where(Person.id.in_(person_ids), mine)))
