"""Every staff page by every role: who may not, is refused and changes nothing. A new route must be written in here."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.actor import Role
from mediation.app import create_app
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Base, Database
from mediation.live.models import Consultation
from mediation.permissions import Action
from tests.permissions.test_matrix import TABLE
from tests.story import Story

Browser = TestClient  # type: ignore[type-arg]
Browsers = Callable[..., Awaitable[Browser]]

# For everybody, signed in or not; what they show is tested with them.
OPEN = {
    "GET /", "GET /login", "POST /login", "POST /logout", "POST /language", "GET /healthz", "GET /mailbox",
    "GET /mailbox.json", "GET /metrics",
}  # fmt: skip
# Held by a participant's own link, or by the dispatcher of the sockets.
ELSEWHERE = ("/i/{invitation_id}", "/socket.io/", "/static")


@dataclass(frozen=True)
class Row:
    """A route, the permission it asks for (empty: any staff) and what its form needs beyond the common one."""

    route: str
    action: str
    form: dict[str, str] = field(default_factory=dict)


CLAUSE = {"kind": "free", "title": "t", "text": "t", "version": "1"}
ROWS = [
    Row("GET /password", ""),
    Row("POST /password", "", {"old": "x", "new": "y", "again": "z"}),
    Row("GET /day", "see_session"),
    Row("GET /staff", "manage_staff"),
    Row("GET /staff/new", "manage_staff"),
    Row("POST /staff/new", "manage_staff"),
    Row("GET /staff/{staff_id}", "manage_staff"),
    Row("POST /staff/{staff_id}", "manage_staff"),
    Row("POST /staff/{staff_id}/password", "manage_staff"),
    Row("POST /staff/{staff_id}/suspend", "manage_staff"),
    Row("POST /staff/{staff_id}/resume", "manage_staff"),
    Row("POST /staff/{staff_id}/logins/end", "manage_staff"),
    Row("GET /journal", "see_journal"),
    Row("POST /journal/verify", "see_journal"),
    Row("GET /messages", "see_messages"),
    Row("POST /messages/{message_id}/retry", "see_messages"),
    Row("GET /people", "edit_people"),
    Row("GET /people/new", "edit_people"),
    Row("POST /people/new", "edit_people"),
    Row("GET /people/{person_id}", "edit_people"),
    Row("GET /people/{person_id}/edit", "edit_people"),
    Row("POST /people/{person_id}/edit", "edit_people"),
    Row("POST /people/{person_id}/contact", "see_contact"),
    Row("POST /people/{person_id}/protect", "protect"),
    Row("POST /people/{person_id}/protect/end", "protect"),
    Row("GET /cases", "see_case"),
    Row("GET /cases/new", "register_case"),
    Row("POST /cases/new", "register_case"),
    Row("GET /cases/{case_id}", "see_case"),
    Row("GET /cases/{case_id}/timeline", "see_case"),
    Row("GET /cases/{case_id}/edit", "edit_case"),
    Row("POST /cases/{case_id}/edit", "edit_case"),
    Row("GET /cases/{case_id}/parties/new", "edit_case"),
    Row("POST /cases/{case_id}/parties/new", "edit_case"),
    Row("POST /cases/{case_id}/notes", "edit_case"),
    Row("POST /cases/{case_id}/mediator", "edit_case"),
    Row("POST /cases/{case_id}/share", "share_case"),
    Row("POST /cases/{case_id}/share/stop", "share_case"),
    Row("POST /cases/{case_id}/protect", "protect"),
    Row("POST /cases/{case_id}/protect/end", "protect"),
    Row("GET /cases/{case_id}/documents/{document_id}", "see_case"),
    Row("GET /cases/{case_id}/sessions/new", "book"),
    Row("POST /cases/{case_id}/sessions/new", "book"),
    Row("GET /cases/{case_id}/free-busy", "book"),
    Row("GET /sessions/{session_id}", "see_session"),
    Row("POST /sessions/{session_id}/reschedule", "book"),
    Row("POST /sessions/{session_id}/cancel", "book"),
    Row("POST /sessions/{session_id}/participants/{participant_id}/renew", "book"),
    Row("POST /sessions/{session_id}/participants/{participant_id}/revoke", "book"),
    Row("GET /sessions/{session_id}/device", "join_session"),
    Row("GET /sessions/{session_id}/room", "join_session"),
    Row("GET /running", "watch_sessions"),
    Row("GET /running/panel", "watch_sessions"),
    Row("POST /running/{session_id}/care", "watch_sessions", {"kind": "waiting_long"}),
    Row("GET /consultations", "advise"),
    Row("POST /consultations/{consultation_id}/answer", "advise"),
    Row("POST /consultations/{consultation_id}/advice", "advise"),
    Row("GET /sessions/{session_id}/minutes", "see_session"),
    Row("GET /sessions/{session_id}/minutes/panel", "see_session"),
    Row("POST /sessions/{session_id}/minutes/parts/{part}", "write_minutes"),
    Row("POST /sessions/{session_id}/minutes/finish", "write_minutes"),
    Row("GET /sessions/{session_id}/minutes.pdf", "see_session"),
    Row("GET /cases/{case_id}/agreement", "see_case"),
    Row("GET /cases/{case_id}/agreement/panel", "see_case"),
    Row("POST /cases/{case_id}/agreement", "draft_agreement"),
    Row("POST /cases/{case_id}/agreement/clauses", "draft_agreement", CLAUSE),
    Row("POST /cases/{case_id}/agreement/clauses/{clause_id}", "draft_agreement", CLAUSE),
    Row("POST /cases/{case_id}/agreement/clauses/{clause_id}/remove", "draft_agreement"),
    Row("POST /cases/{case_id}/agreement/clauses/{clause_id}/move", "draft_agreement", {"by": "up"}),
    Row("POST /cases/{case_id}/agreement/facts", "draft_agreement"),
    Row("POST /cases/{case_id}/agreement/offer", "draft_agreement"),
    Row("GET /agreements/{agreement_id}.pdf", "see_case"),
    Row("GET /sessions/{session_id}/close", "close_case"),
    Row("POST /sessions/{session_id}/close", "close_case"),
    Row("GET /archive", "search_archive"),
    Row("GET /archive/{case_id}", "read_archive"),
    Row("POST /archive/{case_id}/open", "read_archive"),
    Row("POST /archive/{case_id}/check", "read_archive"),
    Row("GET /archive/{case_id}/documents/{document_id}", "read_archive"),
    Row("GET /archive/{case_id}/recordings/{recording_id}", "play_recording"),
    Row("GET /archive/playbacks/{playback_id}/{part_id}", "play_recording"),
]


def test_every_route_is_in_the_table(settings: Settings) -> None:
    routes = {
        f"{route.method} {route.resource.canonical}"
        for route in create_app(settings).router.routes()
        if route.resource is not None and route.method not in {"HEAD", "OPTIONS"}
    }
    staff = {route for route in routes if not route.split()[1].startswith(ELSEWHERE)}
    assert staff == OPEN | {row.route for row in ROWS}


# Rows that the story does not have: who may not is told either that, or that there is nothing.
UNKNOWN = ("message_id", "document_id", "clause_id", "agreement_id", "recording_id", "playback_id", "part_id")
QUESTION = "fedcba9876543210"


def address(path: str, story: Story) -> str:
    known = {
        "staff_id": story.worker.staff.id, "person_id": story.mother.person.id, "case_id": story.case.id,
        "session_id": story.session.id, "participant_id": story.mother.participant.id, "part": "facts",
    }  # fmt: skip
    return path.format(**known, **dict.fromkeys(UNKNOWN, "0123456789abcdef"), consultation_id=QUESTION)


def common_form(story: Story) -> dict[str, str]:
    """Filled in so that every form has what it demands: a refusal must come from the permission."""
    tomorrow = now() + timedelta(days=1)
    return {
        "name": "李小梅", "called": "李女士", "username": "li", "roles[]": "mediator", "title": "t", "reason": "why",
        "other_id": story.father.person.id, "two": f"{story.mother.person.id} {story.father.person.id}",
        "text": "t", "version": "1", "summary": "s", "dispute_kind": "visiting",
        "applicant_name": "甲", "respondent_name": "乙", "role": "applicant", "mediator": story.mediator.staff.id,
        "organisation": story.court.id, "day": tomorrow.date().isoformat(), "clock": "10:00", "minutes": "60",
        "outcome": "failed", "revision": "0", "number": "1", "facts": "f", "template": "visiting-a-child",
        "once": "1", "participant_id": story.mother.participant.id, "since": tomorrow.isoformat(),
    }  # fmt: skip


async def everything(database: Database) -> dict[str, list[str]]:
    """All rows but those of logins and redeemed links, which the browsers of this test need."""
    async with database.read() as db:
        return {
            table.name: sorted(map(repr, (await db.execute(select(table))).all()))
            for table in Base.metadata.sorted_tables
            if table.name not in {"login", "way"}
        }


async def ask(browser: Browser, row: Row, story: Story) -> int:
    method, path = row.route.split()
    url = address(path, story)
    if method == "GET":
        return (await browser.get(url, allow_redirects=False)).status
    return (await browser.post(url, data=common_form(story) | row.form, allow_redirects=False)).status


def permitted(row: Row) -> set[Role]:
    return TABLE[Action(row.action)] if row.action else set(Role)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.route)
async def test_who_may_and_who_may_not(
    client_for: Browsers, sqlite: Database, story: Story, row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    members = {
        Role.MEDIATOR: story.mediator, Role.JUDGE: story.judge, Role.FEDERATION: story.worker,
        Role.ARCHIVIST: story.archivist, Role.ADMIN: story.admin,
    }  # fmt: skip

    async def prepare(db: AsyncSession) -> None:
        roles = [role.value for role in Role]
        await db.execute(update(Staff).where(Staff.id == story.stranger.staff.id).values(roles=roles))
        db.add(
            Consultation(
                id=QUESTION, session_id=story.session.id, case_id=story.case.id, question="q", asked_at=now(),
                asked_by_staff_id=story.mediator.staff.id,
            )
        )  # fmt: skip

    await sqlite.write(prepare)
    before, allowed_here = await everything(sqlite), permitted(row)
    # Nobody: to the login. Somebody with a party's link is nobody here.
    for browser in (await client_for(), await client_for(way=story.mother)):
        assert await ask(browser, row, story) == (303 if row.route.startswith("GET") else 401)
    for role, member in members.items():
        if role not in allowed_here:
            status = await ask(await client_for(login=member), row, story)
            assert status in ({403, 404} if any(name in row.route for name in UNKNOWN) else {403}), role
    # Somebody of an organisation that has no part in the case, though with every role.
    if "_id}" in row.route:
        assert await ask(await client_for(login=story.stranger), row, story) in {403, 404}
    assert await everything(sqlite) == before
    for role in sorted(allowed_here):
        status = await ask(await client_for(login=members[role]), row, story)
        assert status not in {401, 403, 405}, role
        assert status < 500, role
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
