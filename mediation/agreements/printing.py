"""The agreement in effect as its document: what the template is filled with, in Chinese whoever asks for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation, Staff
from mediation.agreements.kinds import ClauseKind, Manner
from mediation.agreements.models import Agreement, Clause, Signature
from mediation.agreements.queries import Signer, clauses_of, parties_of
from mediation.agreements.recurrence import spoken_date, spoken_time
from mediation.agreements.rules import confirmable
from mediation.agreements.visiting import Visiting
from mediation.cases.models import CaseFile, PartyRole
from mediation.cases.wording import DISPUTE, PARTY
from mediation.config import Settings
from mediation.i18n import gettext, speaking
from mediation.i18n.moments import written
from mediation.people.models import Person
from mediation.people.queries import protected_among

TEMPLATE = "agreement.typ"
_MANNERS = {Manner.DRAWN: "手写签名，验证码确认", Manner.TYPED: "输入姓名，验证码确认"}


async def printed(db: AsyncSession, agreement: Agreement, settings: Settings) -> dict[str, Any]:
    """The data of the document of an agreement in effect; the same whenever it is asked for."""
    case = await db.get_one(CaseFile, agreement.case_id)
    clauses, parties = await clauses_of(db, agreement.id), await parties_of(db, agreement)
    organisation = await db.get_one(Organisation, case.owner_organisation_id)
    signed = {signature.person_id: signature for signature in await _signatures(db, agreement)}
    # Everybody gets the same document, and of somebody kept apart nobody learns when they signed.
    apart = await protected_among(db, [party.person_id for party in parties])
    assert agreement.effective_at is not None
    assert agreement.offered_at is not None
    with speaking("zh"):
        return {
            "number": agreement.number,
            "site": settings.site_name,
            "mediator": await _mediator(db, agreement),
            "organisation": organisation.name,
            "kind": gettext(DISPUTE[case.dispute_kind]),
            "facts": agreement.facts,
            "version": agreement.version,
            "content_hash": agreement.content_hash,
            "confirmable": all(confirmable(clause.matter) for clause in clauses),
            "effective_at": written(agreement.effective_at, settings.zone),
            "offered_at": written(agreement.offered_at, settings.zone),
            "parties": [{"role": _role(party), "name": party.name, "called": party.called} for party in parties],
            "clauses": [_clause(clause, agreement.effective_at, settings) for clause in clauses],
            "signatures": [_signature(party, signed[party.person_id], settings, timed=not apart) for party in parties],
        }


async def _signatures(db: AsyncSession, agreement: Agreement) -> Sequence[Signature]:
    counted = select(Signature).where(
        Signature.agreement_id == agreement.id,
        Signature.version == agreement.version,
        Signature.confirmed_at.is_not(None),
        Signature.voided_at.is_(None),
    )
    return (await db.scalars(counted)).all()


async def _mediator(db: AsyncSession, agreement: Agreement) -> str:
    found = select(Person.name).join(Staff, Staff.person_id == Person.id)
    return await db.scalar(found.where(Staff.id == agreement.offered_by_staff_id)) or ""


def _clause(clause: Clause, since: datetime, settings: Settings) -> dict[str, Any]:
    dates: list[datetime] = []
    if clause.kind is ClauseKind.VISITING:
        dates = Visiting.of(clause.fields).dates(since.astimezone(settings.zone).replace(tzinfo=None))
    spoken = [spoken_date(date.date()) + spoken_time(date.time()) for date in dates]
    return {"number": clause.position, "title": clause.title, "text": clause.text, "dates": spoken}


def _signature(party: Signer, signature: Signature, settings: Settings, *, timed: bool) -> dict[str, Any]:
    assert signature.confirmed_at is not None
    return {
        "role": _role(party),
        "name": party.name,
        "drawn": signature.strokes,
        "at": written(signature.confirmed_at, settings.zone) if timed else "",
        "manner": _MANNERS[signature.manner],
    }


def _role(party: Signer) -> str:
    return gettext(PARTY[PartyRole(party.role)])
