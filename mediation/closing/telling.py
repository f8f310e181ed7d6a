"""What stands in the papers of a closed case, in Chinese whoever closes it. No address, no whole phone or identity number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Organisation
from mediation.cases.kinds import Outcome
from mediation.cases.models import CaseFile
from mediation.cases.queries import parties_of, staff_names
from mediation.cases.wording import DISPUTE, OUTCOME, PARTY
from mediation.config import Settings
from mediation.i18n import gettext
from mediation.i18n.moments import clock, written
from mediation.live import wording as live_wording
from mediation.live.connection_log import log_of
from mediation.live.models import Attendance
from mediation.people.models import Person
from mediation.people.rules import masked_phone
from mediation.sessions.kinds import ParticipantRole, SessionState
from mediation.sessions.models import Consent, IdentityCheck, MediationSession, Participant

_Section = dict[str, Any]
_ROLES = {
    ParticipantRole.MEDIATOR: "调解员",
    ParticipantRole.JUDGE: "法官",
    ParticipantRole.FEDERATION: "妇联工作人员",
    ParticipantRole.APPLICANT: "申请人",
    ParticipantRole.RESPONDENT: "被申请人",
    ParticipantRole.COMPANION: "陪同人员",
    ParticipantRole.REPRESENTATIVE: "委托代理人",
}
_SUBJECTS = {"online_mediation": "在线调解的方式、权利和义务", "recording": "录音录像"}
_DOCUMENTS = {
    "identity_card": "居民身份证",
    "passport": "护照",
    "residence_permit": "居留证件",
    "known_in_person": "调解员本人认识",
}


async def intake(db: AsyncSession, case: CaseFile, settings: Settings) -> list[_Section]:
    """The intake form (法释〔2021〕23号 art. 8): the dispute and the parties."""
    owner = await db.get_one(Organisation, case.owner_organisation_id)
    names = await staff_names(db, [ident for ident in (case.opened_by_staff_id, case.mediator_staff_id) if ident])
    facts = [
        ("纠纷类型", gettext(DISPUTE[case.dispute_kind])),
        ("来源", case.source or "没有填写"),
        ("法院案号", case.court_case_number or "没有"),
        ("登记", f"{written(case.opened_at, settings.zone)}，{owner.name}，{names[case.opened_by_staff_id]}"),
        ("调解员", names.get(case.mediator_staff_id or "", "没有指定")),
    ]
    rows = [
        (person.name, gettext(PARTY[party.role]), party.relation or "没有填写", masked_phone(person.phone) or "没有")
        for party, person in await parties_of(db, case.id)
    ]
    return [
        _section("纠纷", facts=facts),
        _section("当事人", ("姓名", "身份", "和纠纷的关系", "电话"), rows),
        _section("纠纷情况", text=case.summary),
    ]


async def consents(db: AsyncSession, case: CaseFile, settings: Settings) -> list[_Section]:
    """Who answered which version of which text, and when (art. 4 and 7). Empty when nobody was asked."""
    found = (
        select(Person.name, Participant.role, Consent)
        .join(Participant, Participant.person_id == Person.id)
        .join(Consent, Consent.participant_id == Participant.id)
    )
    rows = (await db.execute(_of_case(found, case).order_by(Consent.at, Consent.id))).all()
    columns = ("姓名", "身份", "告知的内容", "答复", "时间")
    told = [
        (
            name,
            _ROLES[role],
            f"{_SUBJECTS.get(consent.subject, consent.subject)}（{consent.text_version}）",
            "同意" if consent.given else "不同意",
            written(consent.at, settings.zone),
        )
        for name, role, consent in rows
    ]
    return [_section("", columns, told)] if told else []


async def identities(db: AsyncSession, case: CaseFile, settings: Settings) -> list[_Section]:
    """Who was identified by which document, and by whom (art. 17). Empty when nobody was."""
    found = (
        select(Person.name, Participant.role, IdentityCheck)
        .join(Participant, Participant.person_id == Person.id)
        .join(IdentityCheck, IdentityCheck.participant_id == Participant.id)
    )
    rows = (await db.execute(_of_case(found, case).order_by(IdentityCheck.confirmed_at, Participant.id))).all()
    names = await staff_names(db, {check.confirmed_by_staff_id for _name, _role, check in rows})
    columns = ("姓名", "身份", "出示的证件", "核对人", "时间")
    told = [
        (
            name,
            _ROLES[role],
            _DOCUMENTS.get(check.document, check.document),
            names[check.confirmed_by_staff_id],
            written(check.confirmed_at, settings.zone),
        )
        for name, role, check in rows
    ]
    return [_section("", columns, told)] if told else []


async def attendance(db: AsyncSession, case: CaseFile, settings: Settings) -> list[_Section]:
    """Who was there and when, session by session, and how their connection was. Empty when no session was held."""
    found = select(MediationSession).where(
        MediationSession.case_id == case.id, MediationSession.state == SessionState.ENDED
    )
    held = (await db.scalars(found.order_by(MediationSession.number))).all()
    told = [await _attendance_of(db, session, settings) for session in held]
    logs = [await _connections_of(db, session, settings) for session in held]
    return told + [log for log in logs if log["rows"]]


async def closing_statement(
    db: AsyncSession, case: CaseFile, outcome: Outcome, reason: str, settings: Settings
) -> list[_Section]:
    """Why the mediation ends without an agreement (art. 21)."""
    parties = "、".join(f"{gettext(PARTY[party.role])}{person.name}" for party, person in await parties_of(db, case.id))
    facts = [
        ("当事人", parties),
        ("纠纷类型", gettext(DISPUTE[case.dispute_kind])),
        ("结果", gettext(OUTCOME[outcome])),
    ]
    return [_section("", facts=facts), _section("原因", text=reason.strip())]


async def _attendance_of(db: AsyncSession, session: MediationSession, settings: Settings) -> _Section:
    found = (
        select(Participant.id, Person.name, Participant.role)
        .join(Person, Person.id == Participant.person_id)
        .where(Participant.session_id == session.id)
        .order_by(Participant.side, Participant.role, Person.name, Participant.id)
    )
    assert session.ended_at is not None
    ended, stays = session.ended_at, dict[str, list[str]]()
    came = select(Attendance).where(Attendance.session_id == session.id).order_by(Attendance.came_at, Attendance.id)
    for stay in await db.scalars(came):
        # Nobody stays longer than the session, whenever their connection was noticed to be gone.
        left = min(stay.left_at or ended, ended)
        stays.setdefault(stay.participant_id, []).append(f"{_clock(stay.came_at, settings)}–{_clock(left, settings)}")
    rows = [
        (name, _ROLES[role], "、".join(stays.get(ident, [])) or "没有到场")
        for ident, name, role in (await db.execute(found)).all()
    ]
    title = f"第 {session.number} 次，{written(session.started_at or session.starts_at, settings.zone)}"
    return _section(title, ("姓名", "身份", "在线时间"), rows)


async def _connections_of(db: AsyncSession, session: MediationSession, settings: Settings) -> _Section:
    """The connection log: that somebody was absent because a network failed has to be provable."""
    rows = [
        (each.person.name, _ROLES[each.participant.role], told)
        for each in await log_of(db, session)
        for told in [
            *(live_wording.told(line, _clock(line.at, settings)) for line in each.lines),
            *([live_wording.measured(each.quality)] if each.quality else []),
        ]
    ]
    return _section(f"第 {session.number} 次的连接记录", ("姓名", "身份", "情况"), rows)


def _of_case(found: Any, case: CaseFile) -> Any:
    sessions = select(MediationSession.id).where(MediationSession.case_id == case.id)
    return found.where(Participant.session_id.in_(sessions))


def _section(
    title: str,
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    *,
    facts: Sequence[tuple[str, str]] = (),
    text: str = "",
) -> _Section:
    return {
        "title": title, "columns": list(columns), "rows": [list(row) for row in rows],
        "facts": [list(fact) for fact in facts], "text": text,
    }  # fmt: skip


def _clock(moment: datetime, settings: Settings) -> str:
    return clock(moment, settings.zone, spoken=False)
