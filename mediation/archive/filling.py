"""Make closed cases searchable. Closing knows nothing of the archive: what was closed is picked up here."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.kinds import AgreementState
from mediation.agreements.models import Agreement, Clause
from mediation.archive.bigrams import indexed, normalised
from mediation.archive.completeness import lacking_of
from mediation.archive.models import ArchiveEntry
from mediation.cases.models import CaseFile, CaseState, Party
from mediation.clock import now
from mediation.live.models import Consultation
from mediation.minutes.models import Minutes, MinutesPart
from mediation.people.models import Person
from mediation.sessions.models import MediationSession

AT_ONCE = 200
_INSERT: dict[str, Any] = {"sqlite": sqlite_insert, "postgresql": postgres_insert}
_Parts = dict[str, list[dict[str, Any]]]


async def anything_left(db: AsyncSession) -> bool:
    """Whether a closed case can't be found yet."""
    return bool(await _left(db, 1))


async def catch_up(db: AsyncSession) -> int:
    """Make the next closed cases searchable, at most `AT_ONCE`; gives how many. Two at a time do no harm."""
    cases = await _left(db, AT_ONCE)
    if not cases:
        return 0
    ids = [case.id for case in cases]
    texts = [await _people(db, ids), await _clauses(db, ids), await _minutes(db, ids), await _advice(db, ids)]
    missing = await lacking_of(db, cases)
    rows = []
    for case in cases:
        parts = _of_case(case) + [part for found in texts for part in found.get(case.id, [])]
        plain = [normalised(part["text"]) for part in parts]
        rows.append(
            {
                "case_id": case.id,
                "parts": parts,
                "plain": "\n".join(plain),
                "bigrams": indexed(plain),
                "lacking": [kind.value for kind in missing[case.id]],
                "complete": not missing[case.id],
                "filled_at": now(),
            }
        )
    insert = _INSERT[db.get_bind().dialect.name]
    await db.execute(insert(ArchiveEntry).values(rows).on_conflict_do_nothing(index_elements=["case_id"]))
    return len(cases)


async def _left(db: AsyncSession, limit: int) -> Sequence[CaseFile]:
    there = select(ArchiveEntry.case_id)
    closed = select(CaseFile).where(CaseFile.state == CaseState.CLOSED, CaseFile.id.not_in(there))
    return (await db.scalars(closed.order_by(CaseFile.closed_at, CaseFile.id).limit(limit))).all()


def _of_case(case: CaseFile) -> list[dict[str, Any]]:
    told = [("number", case.number), ("court_number", case.court_case_number), ("summary", case.summary)]
    told.append(("reason", case.outcome_reason))
    return [{"part": part, "number": 0, "text": text} for part, text in told if text]


async def _people(db: AsyncSession, case_ids: Collection[str]) -> _Parts:
    found = select(Party.case_id, Person.name, Person.called).join(Person, Person.id == Party.person_id)
    rows = await db.execute(found.where(Party.case_id.in_(case_ids)).order_by(Party.role, Person.created_at, Party.id))
    parts: _Parts = {}
    for case_id, name, called in rows:
        parts.setdefault(case_id, []).append({"part": "party", "number": 0, "text": f"{name}（{called}）"})
    return parts


async def _clauses(db: AsyncSession, case_ids: Collection[str]) -> _Parts:
    found = select(Agreement.case_id, Clause).join(Clause, Clause.agreement_id == Agreement.id)
    in_effect = Agreement.case_id.in_(case_ids) & (Agreement.state == AgreementState.EFFECTIVE)
    parts: _Parts = {}
    for case_id, clause in await db.execute(found.where(in_effect).order_by(Agreement.serial, Clause.position)):
        text = f"{clause.title}：{clause.text}"
        parts.setdefault(case_id, []).append({"part": "clause", "number": clause.position, "text": text})
    return parts


async def _minutes(db: AsyncSession, case_ids: Collection[str]) -> _Parts:
    found = select(Minutes.case_id, MediationSession.number, MinutesPart.text).where(Minutes.case_id.in_(case_ids))
    found = found.join(MinutesPart, MinutesPart.session_id == Minutes.session_id)
    found = found.join(MediationSession, MediationSession.id == Minutes.session_id)
    parts: _Parts = {}
    for case_id, number, text in await db.execute(found.order_by(MediationSession.number, MinutesPart.part)):
        if text:
            parts.setdefault(case_id, []).append({"part": "minutes", "number": number, "text": text})
    return parts


async def _advice(db: AsyncSession, case_ids: Collection[str]) -> _Parts:
    given = select(Consultation).where(Consultation.case_id.in_(case_ids), Consultation.advice != "")
    parts: _Parts = {}
    for consultation in await db.scalars(given.order_by(Consultation.asked_at, Consultation.id)):
        parts.setdefault(consultation.case_id, []).append({"part": "advice", "number": 0, "text": consultation.advice})
    return parts
