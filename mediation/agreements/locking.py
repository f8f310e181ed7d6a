"""Whoever changes or signs an agreement holds its row first and names the version they saw; so nothing passes another."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.kinds import AgreementState
from mediation.agreements.models import Agreement
from mediation.errors import Conflict, NotFound


async def locked(db: AsyncSession, case_id: str, version: int | None) -> Agreement:
    """The present agreement of the case, held until the transaction ends.

    Raises NotFound when there is none, Conflict("draft_changed") when it is not the version that was seen.
    """
    found = (
        select(Agreement)
        .where(Agreement.case_id == case_id, Agreement.state != AgreementState.VOID)
        .order_by(Agreement.serial.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    agreement = await db.scalar(found)
    # PostgreSQL re-checks the row after waiting, not the order: a row that was ended meanwhile is not returned.
    if agreement is None:
        raise NotFound("agreement_not_found", "There is no agreement yet.")
    if version is not None and agreement.version != version:
        raise Conflict("draft_changed", "The agreement was changed in the meantime. Please read it again.")
    return agreement
