"""Which mandatory papers a case lacks: what is filed, against what its held mediations would have needed."""

from collections.abc import Collection

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.archive.rules import Bundle, lacking
from mediation.cases.kinds import DocumentKind, Outcome
from mediation.cases.models import CaseDocument, CaseFile
from mediation.invitations.consents import ONLINE_MEDIATION
from mediation.live.models import Attendance
from mediation.sessions.kinds import SessionKind, SessionState
from mediation.sessions.models import Consent, IdentityCheck, MediationSession, Participant


async def lacking_of(db: AsyncSession, cases: Collection[CaseFile]) -> dict[str, list[DocumentKind]]:
    """Case id → the mandatory papers that are missing."""
    ids = [case.id for case in cases]
    filed = await _filed(db, ids)
    held = await _held(db, ids)
    came = await _came(db, ids)
    agreed = select(Consent.participant_id).where(Consent.given.is_(True), Consent.subject == ONLINE_MEDIATION)
    asked = await _with(db, ids, agreed)
    identified = await _with(db, ids, select(IdentityCheck.participant_id))
    return {
        case.id: lacking(
            Bundle(
                outcome=case.outcome or Outcome.TERMINATED,
                filed=filed.get(case.id, []),
                held=held.get(case.id, 0),
                minutes=filed.get(case.id, []).count(DocumentKind.MINUTES),
                unasked=len(came.get(case.id, set()) - asked.get(case.id, set())),
                unidentified=len(came.get(case.id, set()) - identified.get(case.id, set())),
            )
        )
        for case in cases
    }


async def _filed(db: AsyncSession, case_ids: Collection[str]) -> dict[str, list[DocumentKind]]:
    found: dict[str, list[DocumentKind]] = {}
    rows = select(CaseDocument.case_id, CaseDocument.kind).where(CaseDocument.case_id.in_(case_ids))
    for case_id, kind in await db.execute(rows):
        found.setdefault(case_id, []).append(kind)
    return found


async def _held(db: AsyncSession, case_ids: Collection[str]) -> dict[str, int]:
    counted = (
        select(MediationSession.case_id, func.count())
        .where(
            MediationSession.case_id.in_(case_ids),
            MediationSession.kind == SessionKind.MEDIATION,
            MediationSession.state == SessionState.ENDED,
        )
        .group_by(MediationSession.case_id)
    )
    return {case_id: count for case_id, count in await db.execute(counted)}  # noqa: C416, a Result is no mapping


async def _came(db: AsyncSession, case_ids: Collection[str]) -> dict[str, set[str]]:
    """Case id → the persons who were in a held mediation and came by a link."""
    found = select(MediationSession.case_id, Participant.person_id).join(
        Participant, Participant.session_id == MediationSession.id
    )
    found = found.join(Attendance, Attendance.participant_id == Participant.id)
    return await _sets(
        db,
        found.where(
            MediationSession.case_id.in_(case_ids),
            MediationSession.kind == SessionKind.MEDIATION,
            Participant.staff_id.is_(None),
        ),
    )


async def _with(db: AsyncSession, case_ids: Collection[str], participants: Select[str]) -> dict[str, set[str]]:
    """Case id → the persons among these participants of its sessions."""
    found = select(MediationSession.case_id, Participant.person_id).join(
        Participant, Participant.session_id == MediationSession.id
    )
    return await _sets(db, found.where(MediationSession.case_id.in_(case_ids), Participant.id.in_(participants)))


async def _sets(db: AsyncSession, pairs: Select[str, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for case_id, person_id in await db.execute(pairs):
        found.setdefault(case_id, set()).add(person_id)
    return found
