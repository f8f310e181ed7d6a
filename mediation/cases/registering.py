"""Register a dispute: the case file with its number and its two sides (法释〔2021〕23号 art. 8)."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Role, StaffActor
from mediation.cases.access import require
from mediation.cases.models import CaseFile, DisputeKind, PartyRole
from mediation.cases.numbering import take_number
from mediation.cases.parties import PartyEntry, make_party, person_of, refuse_same_person
from mediation.clock import now
from mediation.config import Settings
from mediation.journal.record import record
from mediation.permissions import Action


@dataclass(frozen=True)
class Dispute:
    """What the dispute is about and where it came from."""

    kind: DisputeKind
    summary: str
    source: str = ""
    court_case_number: str = ""


async def register(
    db: AsyncSession,
    actor: StaffActor,
    dispute: Dispute,
    applicant: PartyEntry,
    respondent: PartyEntry,
    settings: Settings,
) -> CaseFile:
    """Open a case file of the actor's organisation; a mediator who registers it is its mediator.

    Raises NotAllowed; Invalid("same_person"), otherwise as `person_of` does.
    """
    require(actor, Action.REGISTER_CASE)
    first = await person_of(db, actor, applicant, "applicant_")
    second = await person_of(db, actor, respondent, "respondent_")
    refuse_same_person(first, second)
    moment = now()
    number, year, serial = await take_number(db, settings.case_number_pattern, moment, settings.zone)
    case = CaseFile(
        number=number, year=year, serial=serial, dispute_kind=dispute.kind, summary=dispute.summary,
        source=dispute.source, court_case_number=dispute.court_case_number,
        owner_organisation_id=actor.organisation_id, opened_by_staff_id=actor.staff_id, opened_at=moment,
        mediator_staff_id=actor.staff_id if Role.MEDIATOR in actor.roles else None,
    )  # fmt: skip
    db.add(case)
    await db.flush()
    await make_party(db, case, first, PartyRole.APPLICANT, applicant.relation)
    await make_party(db, case, second, PartyRole.RESPONDENT, respondent.relation)
    record(db, actor, "case_registered", case_id=case.id, subject=case.id, kind=dispute.kind.value, serial=serial)
    return case
