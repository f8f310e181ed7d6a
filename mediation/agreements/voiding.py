"""Signatures stop to count, and stay on record with the moment and the reason."""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.models import Agreement, Signature
from mediation.clock import now


async def void_signatures(db: AsyncSession, agreement: Agreement, reason: str, person_id: str | None = None) -> None:
    """Void the signatures that stand under the agreement, of everybody or of one person."""
    standing = [Signature.agreement_id == agreement.id, Signature.voided_at.is_(None)]
    if person_id is not None:
        standing.append(Signature.person_id == person_id)
    await db.execute(update(Signature).where(*standing).values(voided_at=now(), void_reason=reason))
