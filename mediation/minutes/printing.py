"""Final minutes as data: what is fixed, hashed and printed; in Chinese whoever finishes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.cases.models import CaseFile
from mediation.cases.wording import DISPUTE
from mediation.config import Settings
from mediation.documents.spelling import spelled_out
from mediation.i18n import gettext as _
from mediation.i18n import speaking
from mediation.i18n.moments import clock, written
from mediation.minutes.kinds import TITLE, Part
from mediation.minutes.models import MinutesPart
from mediation.minutes.queries import Attended, attendance_of, parts_of, recorded_in
from mediation.people.models import Person
from mediation.scheduling.wording import MODE, ROLE
from mediation.sessions.models import MediationSession

TEMPLATE = "minutes.typ"
_DOCUMENTS = {
    "identity_card": "身份证",
    "passport": "护照",
    "residence_permit": "居住证",
    "known_in_person": "调解员认识本人",
}


async def content_of(
    db: AsyncSession, case: CaseFile, session: MediationSession, final_at: datetime, settings: Settings
) -> dict[str, Any]:
    """The whole content of the minutes of this session, as it stands now."""
    parts = await parts_of(db, session.id)
    with speaking("zh"):
        content = {
            "number": f"{case.number} 第{session.number}次",
            "site": settings.site_name,
            "about": _about(case, session, settings),
            "attendance": [_row(each, settings) for each in await attendance_of(db, session)],
            "sections": [{"title": _(TITLE[part]), "text": parts[part].text} for part in Part],
            "recorded": _recorded(await recorded_in(db, session), settings),
            "writers": "、".join(await _writers(db, parts)),
            "final_at": written(final_at, settings.zone),
        }
    told: dict[str, Any] = spelled_out(content, settings.font_dir)
    return told


def _about(case: CaseFile, session: MediationSession, settings: Settings) -> list[list[str]]:
    began, ended = session.started_at, session.ended_at
    rows = [
        ["案号", case.number],
        ["纠纷类型", _(DISPUTE[case.dispute_kind])],
        ["方式", f"网上视频，{_(MODE[session.mode])}"],
        ["约定时间", f"{written(session.starts_at, settings.zone)} 至 {_clock(session.ends_at, settings)}"],
    ]
    if began is not None:
        until = f" 至 {_clock(ended, settings)}" if ended else ""
        rows.append(["实际时间", f"{written(began, settings.zone)}{until}"])
    return rows


def _row(attended: Attended, settings: Settings) -> dict[str, str]:
    stays = [f"{_clock(came, settings)} – {_clock(left, settings) if left else ''}" for came, left in attended.stays]
    return {
        "name": attended.person.name,
        "role": _(ROLE[attended.participant.role]),
        "times": "\n".join(stays) or "没有到场",
        "identity": _identity(attended),
    }


def _recorded(spans: Sequence[tuple[datetime, datetime | None]], settings: Settings) -> str:
    """Whether there is a recording beside these minutes (法释〔2021〕23号 art. 22: with everybody's consent only)."""
    if not spans:
        return "本次调解没有录音录像。"
    times = [f"{_clock(began, settings)}–{_clock(ended, settings) if ended else ''}" for began, ended in spans]
    return f"经在场的人都同意，{'、'.join(times)}有录音录像。"


def _identity(attended: Attended) -> str:
    if attended.participant.staff_id is not None:
        return "工作人员"
    return _DOCUMENTS.get(attended.document, attended.document) if attended.document else "没有核对"


async def _writers(db: AsyncSession, parts: dict[Part, MinutesPart]) -> list[str]:
    ids = {part.written_by_staff_id for part in parts.values() if part.written_by_staff_id}
    found = select(Person.name).join(Staff, Staff.person_id == Person.id).where(Staff.id.in_(ids))
    return sorted(await db.scalars(found))


def _clock(moment: datetime, settings: Settings) -> str:
    return clock(moment, settings.zone, spoken=False)
