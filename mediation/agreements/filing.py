"""The document of an agreement in effect: made once, kept under its SHA-256, whole or not at all.

It is set outside of any transaction: the agreement takes effect at the last signature, not when a printer is ready. Who
signs last has it made at once; whatever a crash left over is made by the job, or by the first who asks for it.
"""

import asyncio

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM
from mediation.agreements.kinds import AgreementState
from mediation.agreements.models import Agreement
from mediation.agreements.printing import TEMPLATE, printed
from mediation.agreements.queries import tell
from mediation.config import Settings
from mediation.db import Database
from mediation.documents.store import keep
from mediation.documents.typesetting import typeset
from mediation.journal.record import record


async def file_pdf(database: Database, settings: Settings, agreement_id: str) -> str:
    """The SHA-256 of the agreement's document, which is made now if it was not yet.

    Raises Unavailable when it can't be made, Invalid("missing_glyph"); neither changes the agreement.
    """
    async with database.read() as db:
        agreement = await db.get_one(Agreement, agreement_id)
        if agreement.pdf_sha256:
            return agreement.pdf_sha256
        data = await printed(db, agreement, settings)
    assert agreement.effective_at is not None
    made = await typeset(TEMPLATE, data, font_dir=settings.font_dir, at=agreement.effective_at)
    # The bytes are on the disk before the row names them: a crash in between leaves a file that nobody names.
    digest = await asyncio.to_thread(keep, settings.data_dir, made)
    return await database.write(lambda db: _name(db, agreement_id, digest))


async def file_pdfs(database: Database, settings: Settings) -> None:
    """Make what is left to be made."""
    async with database.read() as db:
        waiting = select(Agreement.id).where(
            Agreement.state == AgreementState.EFFECTIVE, Agreement.pdf_sha256.is_(None)
        )
        left = (await db.scalars(waiting)).all()
    for agreement_id in left:
        await file_pdf(database, settings, agreement_id)


async def _name(db: AsyncSession, agreement_id: str, digest: str) -> str:
    first = await db.execute(
        update(Agreement)
        .where(Agreement.id == agreement_id, Agreement.pdf_sha256.is_(None))
        .values(pdf_sha256=digest)
        .execution_options(synchronize_session=False)
    )
    agreement = await db.get_one(Agreement, agreement_id, populate_existing=True)
    if first.rowcount:  # type: ignore[attr-defined]
        record(db, SYSTEM, "agreement_filed", case_id=agreement.case_id, subject=agreement_id, sha256=digest)
        await tell(db, agreement)
    assert agreement.pdf_sha256 is not None
    return agreement.pdf_sha256
