"""Which case files an actor may touch; the one place where reads of cases are scoped."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.actor import StaffActor
from mediation.cases.models import CaseFile, CaseShare
from mediation.errors import NotAllowed, NotFound
from mediation.permissions import Action, allowed
from mediation.permissions import require as require


async def case_for(
    db: AsyncSession, actor: StaffActor, case_id: str, action: Action = Action.SEE_CASE, *, lock: bool = False
) -> CaseFile:
    """The case file, if the actor may do `action` with it; `lock` holds its row until the transaction ends.

    Raises NotFound when the case is not the actor's (whether it exists stays unknown), NotAllowed when it is
    theirs but not for this action.
    """
    found = select(CaseFile).where(CaseFile.id == case_id, visible_to(actor))
    if lock:  # read anew: somebody may have changed it between an earlier look in this transaction and the lock
        found = found.with_for_update().execution_options(populate_existing=True)
    case = await db.scalar(found)
    if case is None:
        raise NotFound("case_not_found", "There is no such case file.")
    if not allowed(actor.roles, action, own=True):
        raise NotAllowed()
    return case


async def working_on(db: AsyncSession, case_id: str, staff_ids: Collection[str]) -> frozenset[str]:
    """Those of the staff whose organisation owns the case or shares it."""
    sharing = select(CaseShare.organisation_id).where(CaseShare.case_id == case_id)
    owning = select(CaseFile.owner_organisation_id).where(CaseFile.id == case_id)
    theirs = or_(Staff.organisation_id.in_(sharing), Staff.organisation_id.in_(owning))
    return frozenset(await db.scalars(select(Staff.id).where(Staff.id.in_(staff_ids), theirs)))


def visible_to(actor: StaffActor) -> ColumnElement[bool]:
    """Owned by the actor's organisation, or shared with it."""
    shared = select(CaseShare.case_id).where(CaseShare.organisation_id == actor.organisation_id)
    return or_(CaseFile.owner_organisation_id == actor.organisation_id, CaseFile.id.in_(shared))
