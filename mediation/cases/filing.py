"""File documents in a case, and take them out again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Actor, StaffActor
from mediation.cases.access import case_for
from mediation.cases.models import CaseDocument, CaseFile, DocumentKind
from mediation.errors import NotFound
from mediation.journal.record import record


async def file_document(
    db: AsyncSession,
    actor: Actor,
    case: CaseFile,
    kind: DocumentKind,
    title: str,
    *,
    sha256: str,
    size: int,
    at: datetime,
) -> CaseDocument:
    """File a PDF whose bytes were kept before (documents/store.py: keep); `size` in bytes."""
    document = CaseDocument(case_id=case.id, kind=kind, title=title, sha256=sha256, size=size, filed_at=at)
    db.add(document)
    await db.flush()
    record(db, actor, "document_filed", case_id=case.id, subject=document.id, kind=kind.value, sha256=sha256, size=size)
    return document


async def filed_document(db: AsyncSession, actor: StaffActor, case_id: str, document_id: str) -> CaseDocument:
    """A filed document, taken out by somebody who works on the case; journalled.

    Raises NotFound, NotAllowed.
    """
    await case_for(db, actor, case_id)
    found = select(CaseDocument).where(CaseDocument.id == document_id, CaseDocument.case_id == case_id)
    document = await db.scalar(found)
    if document is None:
        raise NotFound("document_not_found", "There is no such document.")
    record(db, actor, "document_downloaded", case_id=case_id, subject=document.id)
    return document
