"""Change what is written about a case: its summary, source, court number; its mediator; notes beside it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.actor import Role, StaffActor
from mediation.cases.access import case_for
from mediation.cases.models import CaseFile, CaseNote, CaseShare, Party
from mediation.cases.parties import must_be_open
from mediation.clock import now
from mediation.errors import Conflict, Invalid
from mediation.i18n import marked
from mediation.journal.record import record
from mediation.permissions import Action


async def edit(
    db: AsyncSession,
    actor: StaffActor,
    case_id: str,
    *,
    summary: str,
    source: str,
    court_case_number: str,
    revision: int,
) -> CaseFile:
    """Change the case; `revision` is the one that the actor saw.

    Raises Conflict("case_changed") when somebody else changed it meanwhile, Conflict("case_closed").
    """
    case = await case_for(db, actor, case_id, Action.EDIT_CASE, lock=True)
    must_be_open(case)
    if case.revision != revision:
        raise _changed()
    wanted = {"summary": summary, "source": source, "court_case_number": court_case_number}
    changed = [name for name, value in wanted.items() if getattr(case, name) != value]
    if changed:
        for name in changed:
            setattr(case, name, wanted[name])
        case.revision += 1
        record(db, actor, "case_edited", case_id=case_id, subject=case_id, fields=changed)
    return case


async def assign(db: AsyncSession, actor: StaffActor, case_id: str, staff_id: str, seen: str | None = None) -> CaseFile:
    """Name the mediator: somebody with that role, of the owner or of an organisation that shares the case.

    `seen` is the mediator whom the actor saw ("" for none). Raises Invalid("not_a_mediator"),
    Conflict("mediator_is_party", "case_closed"), Conflict("case_changed") when somebody else named another one meanwhile.
    """
    case = await case_for(db, actor, case_id, Action.EDIT_CASE, lock=True)
    must_be_open(case)
    if (case.mediator_staff_id or "") not in (seen, staff_id) and seen is not None:
        raise _changed()
    staff = next((staff for staff in await mediators_for(db, case) if staff.id == staff_id), None)
    if staff is None:
        sentence = marked("Please choose a mediator of an organisation that works on this case.")
        raise Invalid("not_a_mediator", sentence, fields={"mediator": sentence})
    if await db.scalar(select(Party.id).where(Party.case_id == case_id, Party.person_id == staff.person_id)):
        raise Conflict("mediator_is_party", "A party can't be the mediator of the same case.")
    if case.mediator_staff_id != staff_id:
        case.mediator_staff_id = staff_id
        record(db, actor, "mediator_assigned", case_id=case_id, subject=case_id, staff=staff_id)
    return case


async def mediators_for(db: AsyncSession, case: CaseFile) -> list[Staff]:
    """Who may be named as mediator of this case."""
    sharing = await db.scalars(select(CaseShare.organisation_id).where(CaseShare.case_id == case.id))
    organisations = {case.owner_organisation_id, *sharing}
    found = select(Staff).where(Staff.organisation_id.in_(organisations), Staff.suspended_at.is_(None))
    return [staff for staff in await db.scalars(found.order_by(Staff.id)) if Role.MEDIATOR in staff.roles]


async def add_note(db: AsyncSession, actor: StaffActor, case_id: str, text: str) -> CaseNote:
    """Keep a note with the case. Raises Conflict("case_closed")."""
    case = await case_for(db, actor, case_id, Action.EDIT_CASE, lock=True)
    must_be_open(case)
    note = CaseNote(case_id=case_id, staff_id=actor.staff_id, text=text, at=now())
    db.add(note)
    await db.flush()
    record(db, actor, "note_added", case_id=case_id, subject=note.id)
    return note


def _changed() -> Conflict:
    return Conflict("case_changed", "Somebody else has changed this in the meantime. What you wrote is still here.")
