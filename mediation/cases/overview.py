"""Everything that the case page shows of the case itself; what other slices add are its sections."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation, Staff
from mediation.actor import StaffActor
from mediation.cases.access import case_for
from mediation.cases.apart import Apart, all_twos
from mediation.cases.editing import mediators_for
from mediation.cases.models import CaseDocument, CaseFile, CaseState, Party, PartyRole
from mediation.cases.queries import documents_of, organisation_of, parties_of, staff_names, title
from mediation.cases.sections import NextStep, Section, SectionOf, most_pressing, sections_of
from mediation.cases.sharing import organisations_beside
from mediation.cases.timeline import Event, timeline, timeline_length
from mediation.i18n import gettext as _
from mediation.people.models import Person
from mediation.people.rules import masked_phone
from mediation.permissions import Action, allowed

SHOWN_EVENTS = 8


@dataclass(frozen=True)
class Worker:
    """Somebody who works on the case, and as what."""

    name: str
    part: str


@dataclass(frozen=True)
class PartyLine:
    """A party: how others hear of them, on which side, what else may be told, their page for who may see it."""

    called: str
    role: PartyRole
    facts: list[str]
    href: str | None


@dataclass(frozen=True)
class Overview:
    """The case page's content. Which parties are kept `apart` and which `together` only for who may change it."""

    case: CaseFile
    title: str
    parties: list[PartyLine]
    may_edit: bool
    may_share: bool
    workers: list[Worker]
    protected: bool
    apart: list[Apart]
    together: list[Apart]
    events: list[Event]
    event_count: int
    documents: list[CaseDocument]
    sections: list[Section]
    next_step: NextStep | None
    mediators: list[tuple[str, str]]
    shared_with: list[Organisation]
    shareable_with: list[Organisation]


async def overview(db: AsyncSession, actor: StaffActor, case_id: str, functions: list[SectionOf]) -> Overview:
    """The page's content for this reader. Raises NotFound, NotAllowed."""
    case = await case_for(db, actor, case_id)
    is_open = case.state is CaseState.OPEN
    may_edit = is_open and allowed(actor.roles, Action.EDIT_CASE, own=True)
    owner = case.owner_organisation_id == actor.organisation_id
    parties = await parties_of(db, case_id)
    twos = await all_twos(db, list({person.id: person for _, person in parties}.values()))
    may_protect = allowed(actor.roles, Action.PROTECT, own=True)
    sections = await sections_of(db, case, actor, functions)
    steps = [section.next_step for section in sections if section.next_step]
    shared, shareable = await organisations_beside(db, case)
    return Overview(
        case=case,
        title=title({party.role: person.called for party, person in reversed(parties)}),
        parties=[_line(actor, party, person) for party, person in parties],
        may_edit=may_edit,
        may_share=is_open and owner and allowed(actor.roles, Action.SHARE_CASE, own=True),
        workers=await _workers(db, case),
        protected=any(two.pair for two in twos),
        apart=[two for two in twos if two.pair and may_protect],
        together=[two for two in twos if not two.pair and may_protect],
        events=await timeline(db, case_id, SHOWN_EVENTS),
        event_count=await timeline_length(db, case_id),
        documents=await documents_of(db, case_id),
        sections=sections,
        next_step=most_pressing([*steps, *_own_steps(case, may_edit)]),
        mediators=await _choices(db, await mediators_for(db, case)) if may_edit else [],
        shared_with=list(shared),
        shareable_with=list(shareable),
    )


def _own_steps(case: CaseFile, may_edit: bool) -> list[NextStep]:
    if case.state is CaseState.OPEN and case.mediator_staff_id is None and may_edit:
        text = _("Without a mediator no session can be held.")
        return [NextStep(25, _("Next: name the mediator"), text, _("Name the mediator"), f"/cases/{case.id}#workers")]
    return []


def _line(actor: StaffActor, party: Party, person: Person) -> PartyLine:
    with_contact = allowed(actor.roles, Action.SEE_CONTACT, own=True)
    facts = [party.relation, masked_phone(person.phone) if with_contact else ""]
    own = person.organisation_id == actor.organisation_id and allowed(actor.roles, Action.EDIT_PEOPLE, own=True)
    return PartyLine(
        person.called, party.role, [fact for fact in facts if fact], f"/people/{person.id}" if own else None
    )


async def _workers(db: AsyncSession, case: CaseFile) -> list[Worker]:
    ids = [ident for ident in (case.mediator_staff_id, case.opened_by_staff_id) if ident]
    names = await staff_names(db, ids)
    workers = [Worker(names[case.mediator_staff_id], _("mediator"))] if case.mediator_staff_id else []
    opener = await organisation_of(db, case.opened_by_staff_id)
    if case.opened_by_staff_id != case.mediator_staff_id:
        part = _("{organisation}, took the case in").format(organisation=opener.short_name)
        workers.append(Worker(names[case.opened_by_staff_id], part))
    return workers


async def _choices(db: AsyncSession, mediators: list[Staff]) -> list[tuple[str, str]]:
    names = await staff_names(db, [staff.id for staff in mediators])
    return [(staff.id, f"{names[staff.id]} {staff.title}".strip()) for staff in mediators]
