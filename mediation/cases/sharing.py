"""Share a case file with another organisation, or stop: decided by the federation worker of the organisation that owns it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation, Staff
from mediation.actor import StaffActor
from mediation.cases.access import case_for
from mediation.cases.models import CaseFile, CaseShare
from mediation.cases.parties import must_be_open
from mediation.db import touched
from mediation.errors import Conflict, Invalid, NotAllowed
from mediation.i18n import marked
from mediation.journal.record import record
from mediation.permissions import Action


async def share(db: AsyncSession, actor: StaffActor, case_id: str, organisation_id: str) -> None:
    """Let another organisation's staff work on the case too; sharing twice changes nothing.

    Raises NotAllowed("not_the_owner"), Invalid("unknown_organisation"), Conflict("case_closed").
    """
    case = await _own_open_case(db, actor, case_id)
    if await db.get(Organisation, organisation_id) is None or organisation_id == case.owner_organisation_id:
        sentence = marked("Please choose another organisation.")
        raise Invalid("unknown_organisation", sentence, fields={"organisation": sentence})
    if await db.get(CaseShare, (case_id, organisation_id)) is None:
        db.add(CaseShare(case_id=case_id, organisation_id=organisation_id))
        record(db, actor, "case_shared", case_id=case_id, subject=organisation_id, organisation=organisation_id)


async def stop_sharing(db: AsyncSession, actor: StaffActor, case_id: str, organisation_id: str) -> None:
    """Take the case back from an organisation; whoever of theirs sits in a session of it is out at once.

    Raises Conflict("mediator_from_there") while its mediator is one of theirs.
    """
    case = await _own_open_case(db, actor, case_id)
    mediator = await db.get(Staff, case.mediator_staff_id) if case.mediator_staff_id else None
    if mediator is not None and mediator.organisation_id == organisation_id:
        raise Conflict("mediator_from_there", "The mediator is from this organisation. Please name another one first.")
    kept = await db.get(CaseShare, (case_id, organisation_id))
    if kept is not None:
        await db.delete(kept)
        touched(db, "share", organisation_id)
        record(db, actor, "case_unshared", case_id=case_id, subject=organisation_id, organisation=organisation_id)


async def organisations_beside(
    db: AsyncSession, case: CaseFile
) -> tuple[Sequence[Organisation], Sequence[Organisation]]:
    """(those that share the case, those that it could be shared with)."""
    sharing = select(CaseShare.organisation_id).where(CaseShare.case_id == case.id)
    others = select(Organisation).where(Organisation.id != case.owner_organisation_id).order_by(Organisation.name)
    named = (await db.scalars(others.where(Organisation.id.in_(sharing)))).all()
    free = (await db.scalars(others.where(Organisation.id.not_in(sharing)))).all()
    return named, free


async def _own_open_case(db: AsyncSession, actor: StaffActor, case_id: str) -> CaseFile:
    case = await case_for(db, actor, case_id, Action.SHARE_CASE, lock=True)
    if case.owner_organisation_id != actor.organisation_id:
        raise NotAllowed("not_the_owner", "Only the organisation that owns the case file may share it.")
    must_be_open(case)
    return case
