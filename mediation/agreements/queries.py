"""Reads of agreements that drafting, signing, the view and the documents share."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.kinds import AgreementState, Answer
from mediation.agreements.models import Agreement, Clause, ClauseReading, Signature
from mediation.cases.models import Party
from mediation.db import touched
from mediation.people.models import Person
from mediation.sessions.models import MediationSession, Participant, SessionKind, SessionState


@dataclass(frozen=True)
class Signer:
    """A party who has to sign, as they are named in the agreement. `role`: applicant or respondent."""

    person_id: str
    name: str
    called: str
    role: str

    def stored(self) -> dict[str, str]:
        """As fixed in the agreement when it is offered."""
        return {"person_id": self.person_id, "name": self.name, "called": self.called, "role": self.role}


async def current_agreement(db: AsyncSession, case_id: str) -> Agreement | None:
    """The newest agreement of the case that was not ended."""
    return await db.scalar(
        select(Agreement)
        .where(Agreement.case_id == case_id, Agreement.state != AgreementState.VOID)
        .order_by(Agreement.serial.desc())
        .limit(1)
    )


async def effective_agreements(db: AsyncSession, case_id: str) -> Sequence[Agreement]:
    """The agreements of the case that are in effect, in their order: a later one stands beside the earlier ones."""
    found = select(Agreement).where(Agreement.case_id == case_id, Agreement.state == AgreementState.EFFECTIVE)
    return (await db.scalars(found.order_by(Agreement.serial))).all()


async def clauses_of(db: AsyncSession, agreement_id: str) -> Sequence[Clause]:
    """The clauses in their order."""
    found = select(Clause).where(Clause.agreement_id == agreement_id).order_by(Clause.position, Clause.id)
    return (await db.scalars(found)).all()


async def parties_of(db: AsyncSession, agreement: Agreement) -> list[Signer]:
    """Who has to sign: as fixed at the offer, before that the parties of the case who take part in the session."""
    if agreement.parties:
        return [Signer(**party) for party in agreement.parties]
    rows = await db.execute(
        select(Person, Party.role)
        .join(Party, Party.person_id == Person.id)
        .join(Participant, Participant.person_id == Person.id)
        .where(
            Party.case_id == agreement.case_id,
            Participant.session_id == agreement.session_id,
            Participant.staff_id.is_(None),
            Participant.removed_at.is_(None),
        )
        .order_by(Party.role, Person.called, Person.id)
    )
    return [Signer(person.id, person.name, person.called, role.value) for person, role in rows]


async def answers_to(db: AsyncSession, clauses: Sequence[Clause]) -> dict[str, dict[str, ClauseReading]]:
    """Person id → clause id → what they said, of those answers that still hold."""
    since = {clause.id: clause.changed_in for clause in clauses}
    rows = await db.scalars(select(ClauseReading).where(ClauseReading.clause_id.in_(since)))
    found: dict[str, dict[str, ClauseReading]] = {}
    for reading in rows:
        if reading.version >= since[reading.clause_id]:
            found.setdefault(reading.person_id, {})[reading.clause_id] = reading
    return found


async def said_by(db: AsyncSession, clauses: Sequence[Clause], person_id: str) -> dict[str, Answer]:
    """Clause id → what this person said to it."""
    answers = (await answers_to(db, clauses)).get(person_id, {})
    return {clause_id: reading.answer for clause_id, reading in answers.items()}


async def signatures_on(db: AsyncSession, agreement: Agreement) -> dict[str, Signature]:
    """Person id → their signature that counts, or waits for its code, under the present version."""
    rows = await db.scalars(
        select(Signature).where(
            Signature.agreement_id == agreement.id,
            Signature.version == agreement.version,
            Signature.voided_at.is_(None),
        )
    )
    return {signature.person_id: signature for signature in rows}


async def voided_signature(db: AsyncSession, agreement_id: str, person_id: str) -> Signature | None:
    """This person's last confirmed signature that no longer counts."""
    return await db.scalar(
        select(Signature)
        .where(
            Signature.agreement_id == agreement_id,
            Signature.person_id == person_id,
            Signature.confirmed_at.is_not(None),
            Signature.voided_at.is_not(None),
        )
        .order_by(Signature.voided_at.desc())
        .limit(1)
    )


async def present_session(db: AsyncSession, case_id: str) -> MediationSession | None:
    """The mediation that an agreement of the case belongs to: the live one, otherwise the last one not cancelled."""
    found = (
        await db.scalars(
            select(MediationSession)
            .where(
                MediationSession.case_id == case_id,
                MediationSession.kind == SessionKind.MEDIATION,
                MediationSession.state != SessionState.CANCELLED,
            )
            .order_by(MediationSession.starts_at.desc())
        )
    ).all()
    live = [session for session in found if session.state is SessionState.LIVE]
    return next(iter(live or found), None)


async def tell(db: AsyncSession, agreement: Agreement) -> None:
    """Let every open page of the case look again: those of the agreement's session and of one that is live."""
    live = select(MediationSession.id).where(
        MediationSession.case_id == agreement.case_id, MediationSession.state == SessionState.LIVE
    )
    for session_id in {agreement.session_id, *(await db.scalars(live))}:
        touched(db, "agreement", session_id)
