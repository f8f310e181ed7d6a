"""Look at a closed case or take a paper out; every look is journalled, a protected case needs a written reason first."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.archive.models import ArchiveOpening
from mediation.cases.access import case_for
from mediation.cases.models import CaseDocument, CaseFile, CaseState
from mediation.cases.queries import kept_apart
from mediation.clock import now
from mediation.errors import Invalid, NotAllowed, NotFound
from mediation.i18n import marked
from mediation.journal.record import record
from mediation.permissions import Action

OPEN_FOR = timedelta(minutes=30)
SHORTEST_REASON = 4  # characters
_REASON = marked("Please write why you need to see this case file.")


async def read_case(db: AsyncSession, actor: StaffActor, case_id: str) -> CaseFile:
    """The closed case, to be shown to the actor now.

    Raises NotFound, NotAllowed; NotAllowed("reason_needed") when two of its parties are kept apart and the actor has
    not written a reason in the last half hour.
    """
    case = await opened(db, actor, case_id)
    record(db, actor, "archive_read", case_id=case_id, subject=case_id)
    return case


async def open_protected(db: AsyncSession, actor: StaffActor, case_id: str, reason: str) -> ArchiveOpening:
    """Write down why the actor looks at a protected case; it stays open to them for half an hour.

    Raises NotFound, NotAllowed, Invalid("reason_missing").
    """
    await _closed(db, actor, case_id)
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid("reason_missing", None, fields={"reason": _REASON})
    opening = ArchiveOpening(case_id=case_id, staff_id=actor.staff_id, reason=reason.strip(), at=now())
    db.add(opening)
    await db.flush()
    record(db, actor, "protected_case_opened", case_id=case_id, subject=opening.id)
    return opening


async def take_out(db: AsyncSession, actor: StaffActor, case_id: str, document_id: str) -> CaseDocument:
    """A paper of the case, to be downloaded now. Raises as `read_case`."""
    case = await opened(db, actor, case_id)
    found = select(CaseDocument).where(CaseDocument.id == document_id, CaseDocument.case_id == case.id)
    document = await db.scalar(found)
    if document is None:
        raise NotFound("document_not_found", "There is no such document.")
    record(db, actor, "archive_downloaded", case_id=case_id, subject=document_id)
    return document


async def _closed(db: AsyncSession, actor: StaffActor, case_id: str) -> CaseFile:
    case = await case_for(db, actor, case_id, Action.READ_ARCHIVE)
    if case.state is not CaseState.CLOSED:
        raise NotFound("not_in_the_archive", "This case is not in the archive yet.")
    return case


async def opened(db: AsyncSession, actor: StaffActor, case_id: str) -> CaseFile:
    """The closed case, if the actor may read it now. Raises as `read_case`, but writes nothing down."""
    case = await _closed(db, actor, case_id)
    reasons = select(ArchiveOpening.id).where(
        ArchiveOpening.case_id == case_id,
        ArchiveOpening.staff_id == actor.staff_id,
        ArchiveOpening.at > now() - OPEN_FOR,
    )
    if await kept_apart(db, case_id) and await db.scalar(reasons.limit(1)) is None:
        raise NotAllowed(
            "reason_needed", "Two people of this case are kept apart. Please write first why you need to see it."
        )
    return case
