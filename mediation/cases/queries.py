"""Reads of cases that pages and other slices share."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation, Staff
from mediation.actor import StaffActor
from mediation.cases.access import visible_to
from mediation.cases.models import CaseDocument, CaseFile, CaseState, DocumentKind, Party, PartyRole
from mediation.i18n import gettext as _
from mediation.people.models import Person
from mediation.people.queries import protected_among

PER_PAGE = 20


@dataclass(frozen=True)
class CaseList:
    """A page of the list of case files, with how many there are in all."""

    cases: Sequence[CaseFile]
    titles: dict[str, str]
    mediators: dict[str, str]
    count: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.count // PER_PAGE)


async def listed(db: AsyncSession, actor: StaffActor, words: str, mine: bool, page: int) -> CaseList:
    """The case files that the actor may see: open ones first, the newest first; `words` in a number or a party's name."""
    wanted: list[ColumnElement[bool]] = [visible_to(actor)]
    if mine:
        wanted.append(or_(CaseFile.mediator_staff_id == actor.staff_id, CaseFile.opened_by_staff_id == actor.staff_id))
    wanted += [_has(word) for word in words.split()]
    count = await db.scalar(select(func.count()).select_from(CaseFile).where(*wanted)) or 0
    found = select(CaseFile).where(*wanted)
    found = found.order_by(CaseFile.state == CaseState.CLOSED, CaseFile.opened_at.desc(), CaseFile.id)
    cases = (await db.scalars(found.limit(PER_PAGE).offset((page - 1) * PER_PAGE))).all()
    mediators = {case.mediator_staff_id for case in cases if case.mediator_staff_id}
    return CaseList(cases, await titles_of(db, [case.id for case in cases]), await staff_names(db, mediators), count)


def _has(word: str) -> ColumnElement[bool]:
    named = select(Party.case_id).join(Person, Person.id == Party.person_id)
    named = named.where(
        or_(Person.name.icontains(word, autoescape=True), Person.called.icontains(word, autoescape=True))
    )
    return or_(
        CaseFile.number.icontains(word, autoescape=True),
        CaseFile.court_case_number.icontains(word, autoescape=True),
        CaseFile.id.in_(named),
    )


async def parties_of(db: AsyncSession, case_id: str) -> list[tuple[Party, Person]]:
    """The parties with their persons, applicants first."""
    found = select(Party, Person).join(Person, Person.id == Party.person_id).where(Party.case_id == case_id)
    rows = await db.execute(found.order_by(Party.role, Person.created_at, Party.id))
    return [(party, person) for party, person in rows]


async def titles_of(db: AsyncSession, case_ids: Collection[str]) -> dict[str, str]:
    """Case id → 王女士 与 林先生: how the first applicant and the first respondent are called."""
    found = select(Party.case_id, Party.role, Person.called).join(Person, Person.id == Party.person_id)
    rows = await db.execute(found.where(Party.case_id.in_(case_ids)).order_by(Person.created_at.desc(), Party.id))
    called: dict[str, dict[PartyRole, str]] = {}
    for case_id, role, name in rows:
        called.setdefault(case_id, {})[role] = name
    return {case_id: title(sides) for case_id, sides in called.items()}


def title(sides: dict[PartyRole, str]) -> str:
    """How a case is called."""
    applicant, respondent = sides.get(PartyRole.APPLICANT, "?"), sides.get(PartyRole.RESPONDENT, "?")
    return _("{applicant} and {respondent}").format(applicant=applicant, respondent=respondent)


async def staff_names(db: AsyncSession, staff_ids: Collection[str]) -> dict[str, str]:
    """Staff id → how they are called."""
    found = select(Staff.id, Person.called).join(Person, Person.id == Staff.person_id)
    rows = await db.execute(found.where(Staff.id.in_(staff_ids)))
    return dict(rows.all())


async def organisation_of(db: AsyncSession, staff_id: str) -> Organisation:
    """The organisation of a member of staff."""
    found = select(Organisation).join(Staff, Staff.organisation_id == Organisation.id).where(Staff.id == staff_id)
    return (await db.scalars(found)).one()


async def kept_apart(db: AsyncSession, case_id: str) -> bool:
    """Whether two parties of the case are a protected pair."""
    people = (await db.scalars(select(Party.person_id).where(Party.case_id == case_id))).all()
    return bool(await protected_among(db, people))


async def documents_of(db: AsyncSession, case_id: str) -> list[CaseDocument]:
    """What is filed, in the order of the bundle."""
    found = select(CaseDocument).where(CaseDocument.case_id == case_id).order_by(CaseDocument.filed_at, CaseDocument.id)
    order = list(DocumentKind)
    return sorted(await db.scalars(found), key=lambda document: order.index(document.kind))
