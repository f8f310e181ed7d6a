"""The page of a personal link over HTTP: nothing before the click, one's own page after it, refusals as sentences."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Base, Database
from mediation.invitations.announce import announce_booked
from mediation.invitations.consents import TEXT_VERSION, has_consented
from mediation.invitations.links import KEY, renew, revoke, token_of
from mediation.journal.models import JournalEntry
from mediation.sessions.kinds import Reply, SessionState
from mediation.sessions.models import Consent, MediationSession, Participant
from mediation.tokens import load_key
from tests.story import Story

ClientFor = Callable[..., Awaitable[Any]]
JSON = {"Accept": "application/json"}


@pytest.fixture
async def secret(sqlite: Database, story: Story, settings: Settings) -> str:
    found = await sqlite.write(lambda db: renew(db, story.mediator.actor(), story.mother.participant.id))
    return token_of(load_key(settings.keys, KEY), found.id, found.version)


async def everything(sqlite: Database) -> dict[str, list[Any]]:
    async with sqlite.read() as db:
        tables = [each for each in Base.metadata.sorted_tables if each.name != "message"]  # the outbox's own job works
        return {table.name: list((await db.execute(select(table))).all()) for table in tables}


async def participant(sqlite: Database, story: Story) -> Participant:
    async with sqlite.read() as db:
        return await db.get_one(Participant, story.mother.participant.id)


async def change(sqlite: Database, story: Story, **values: object) -> None:
    async def unit(db: AsyncSession) -> None:
        session = await db.get_one(MediationSession, story.session.id)
        for name, value in values.items():
            setattr(session, name, value)

    await sqlite.write(unit)


async def test_scanners_change_nothing_and_learn_nothing(
    client_for: ClientFor, sqlite: Database, story: Story, secret: str
) -> None:
    browser, before = await client_for(), await everything(sqlite)
    url = f"/i/{story.mother.invitation.id}"
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        answer = await browser.request(method, url)
        assert answer.status == (405 if method == "OPTIONS" else 200)
        assert not answer.cookies
    page = await (await browser.get(url)).text()
    unknown = await (await browser.get("/i/0000000000000000")).text()
    assert page.replace(url, "") == unknown.replace("/i/0000000000000000", "")
    assert "王" not in page
    assert "12338" in page
    assert await everything(sqlite) == before


async def test_a_click_redeems_and_the_page_is_ones_own(client_for: ClientFor, story: Story, secret: str) -> None:
    browser = await client_for()
    url = f"/i/{story.mother.invitation.id}"
    answer = await browser.post(f"{url}/redeem", json={"token": secret}, headers=JSON)
    assert (answer.status, await answer.json()) == (200, {"ok": True})
    cookie = answer.cookies[f"way_{story.mother.invitation.id}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    page = await (await browser.get(url)).text()
    assert "王女士，请您参加" in page
    assert "林先生" in page
    assert secret not in page
    for hidden in (
        story.mother.person.name,
        story.father.person.name,
        "13900",
        "example.org",
        "孩子",
        story.case.number,
    ):
        assert hidden not in page


async def test_wrong_tokens_are_refused_and_then_slowed_down_but_never_lock_the_owner_out(
    client_for: ClientFor, story: Story, secret: str
) -> None:
    browser = await client_for()
    url = f"/i/{story.mother.invitation.id}/redeem"
    statuses = [(await browser.post(url, json={"token": "x" * 43}, headers=JSON)).status for _ in range(12)]
    assert statuses == [404] * 10 + [429] * 2
    assert (await browser.post(url, json={"token": secret}, headers=JSON)).status == 200
    assert (await browser.post(url, json={"token": "x" * 101}, headers=JSON)).status == 422
    assert (await browser.post(url, data=b"{", headers=JSON | {"Content-Type": "application/json"})).status == 422


async def test_a_revoked_link_is_told_in_a_plain_sentence(
    client_for: ClientFor, sqlite: Database, story: Story, secret: str
) -> None:
    await sqlite.write(lambda db: revoke(db, story.mediator.actor(), story.mother.participant.id))
    browser = await client_for()
    answer = await browser.post(f"/i/{story.mother.invitation.id}/redeem", json={"token": secret}, headers=JSON)
    error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (410, "link_revoked")
    assert error["message"] == "这个链接已经收回了。如果您本来要参加，请打电话给我们。"


@pytest.mark.parametrize("agent", ["Mozilla/5.0 (Linux; Android 12) MicroMessenger/8.0.49", "Mozilla/5.0 Chrome/140"])
async def test_inside_wechat_the_hand_off_comes_first(client_for: ClientFor, story: Story, agent: str) -> None:
    browser = await client_for()
    page = await (await browser.get(f"/i/{story.mother.invitation.id}", headers={"User-Agent": agent})).text()
    assert ('data-in-app="1"' in page) == ("MicroMessenger" in agent)


async def test_a_reply_is_stored_journalled_and_told(client_for: ClientFor, sqlite: Database, story: Story) -> None:
    told: list[object] = []
    sqlite.on_touched(told.extend)
    browser = await client_for(way=story.mother)
    url = f"/i/{story.mother.invitation.id}"
    answer = await browser.post(f"{url}/reply", data={"answer": "accepted"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, url)
    assert (await participant(sqlite, story)).reply is Reply.ACCEPTED
    answer = await browser.post(f"{url}/reply", data={"answer": "other_time", "note": "晚上 7 点以后"})
    mother = await participant(sqlite, story)
    assert (mother.reply, mother.reply_note) == (Reply.OTHER_TIME, "晚上 7 点以后")
    assert ("session", story.session.id) in told
    async with sqlite.read() as db:
        entries = (await db.scalars(select(JournalEntry).where(JournalEntry.action == "replied"))).all()
    assert [entry.data for entry in entries] == [
        {"person": mother.person_id, "reply": "accepted", "with_note": False},
        {"person": mother.person_id, "reply": "other_time", "with_note": True},
    ]
    assert {entry.actor for entry in entries} == {f"participant:{story.mother.participant.id}"}
    assert {entry.case_id for entry in entries} == {story.case.id}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "invalid_form"),
        ({"answer": "perhaps"}, "invalid_form"),
        ({"answer": "other_time"}, "no_other_time"),
        ({"answer": "declined", "note": "x" * 501}, "invalid_form"),
    ],
)
async def test_a_reply_that_can_not_be_used_changes_nothing(
    client_for: ClientFor, sqlite: Database, story: Story, data: dict[str, str], code: str
) -> None:
    browser = await client_for(way=story.mother)
    url = f"/i/{story.mother.invitation.id}/reply"
    answer = await browser.post(url, data=data, headers=JSON)
    assert (answer.status, (await answer.json())["error"]["code"]) == (422, code)
    shown = await browser.post(url, data=data)
    assert (shown.status, "王女士" in await shown.text()) == (422, True)
    assert (await participant(sqlite, story)).reply is Reply.NONE


async def test_once_the_session_runs_replies_come_too_late(
    client_for: ClientFor, sqlite: Database, story: Story
) -> None:
    await change(sqlite, story, state=SessionState.LIVE)
    browser = await client_for(way=story.mother)
    answer = await browser.post(f"/i/{story.mother.invitation.id}/reply", data={"answer": "declined"}, headers=JSON)
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "too_late_to_reply")


async def test_consent_is_stored_with_the_version_of_its_text(
    client_for: ClientFor, sqlite: Database, story: Story
) -> None:
    browser = await client_for(way=story.mother)
    url = f"/i/{story.mother.invitation.id}/consent"
    stale = await browser.post(url, data={"given": "true", "version": "2020-01"}, headers=JSON)
    assert (stale.status, (await stale.json())["error"]["code"]) == (409, "text_changed")
    for given in ("false", "true"):
        await browser.post(url, data={"given": given, "version": TEXT_VERSION})
    async with sqlite.read() as db:
        answers = (await db.scalars(select(Consent).order_by(Consent.at))).all()
        assert await has_consented(db, story.mother.participant.id)
        assert not await has_consented(db, story.father.participant.id)
    assert [(each.given, each.text_version, each.subject) for each in answers] == [
        (False, TEXT_VERSION, "online_mediation"),
        (True, TEXT_VERSION, "online_mediation"),
    ]


async def test_nobody_answers_for_another(client_for: ClientFor, sqlite: Database, story: Story) -> None:
    father = await client_for(way=story.father)
    url = f"/i/{story.mother.invitation.id}"
    for path, data in (("reply", {"answer": "declined"}), ("consent", {"given": "true", "version": TEXT_VERSION})):
        assert (await father.post(f"{url}/{path}", data=data, headers=JSON)).status == 401
    assert (await father.get(f"{url}/invite.ics", headers=JSON)).status == 401
    assert (await participant(sqlite, story)).reply is Reply.NONE
    foreign = await father.post(
        f"/i/{story.father.invitation.id}/reply",
        data={"answer": "declined"},
        headers={"Origin": "https://evil.example"},
    )
    assert foreign.status == 403


async def test_a_protected_pair_sees_no_row_no_count_and_no_reply_of_the_other(
    client_for: ClientFor, sqlite: Database, story: Story
) -> None:
    await story.protect(sqlite)
    mother, father = await client_for(way=story.mother), await client_for(way=story.father)
    url = f"/i/{story.mother.invitation.id}"
    before = await (await mother.get(url)).text()
    await father.post(f"/i/{story.father.invitation.id}/reply", data={"answer": "declined", "worry": "怕"})
    after = await (await mother.get(url)).text()
    assert before == after
    assert "林" not in after
    assert after.count('class="person"') == 4  # mediator, judge, federation worker, herself
    assert "对方</span>" not in after
    assert "您不会和对方见面" in after


@pytest.mark.parametrize(
    ("minutes", "state", "way_in"),
    [(45, SessionState.BOOKED, False), (29, SessionState.BOOKED, True), (45, SessionState.LIVE, True)],
)
async def test_the_way_in_is_shown_in_time(
    client_for: ClientFor, sqlite: Database, story: Story, minutes: int, state: SessionState, way_in: bool
) -> None:
    starts = now() + timedelta(minutes=minutes)
    await change(sqlite, story, starts_at=starts, ends_at=starts + timedelta(hours=1))
    browser = await client_for(way=story.mother)
    url = f"/i/{story.mother.invitation.id}"
    await browser.post(f"{url}/reply", data={"answer": "accepted"})
    await browser.post(f"{url}/consent", data={"given": "true", "version": TEXT_VERSION})
    await change(sqlite, story, state=state)
    assert (f'href="{url}/device"' in await (await browser.get(url)).text()) is way_in


async def test_cancelled_ended_and_expired_are_told(client_for: ClientFor, sqlite: Database, story: Story) -> None:
    browser = await client_for(way=story.mother)
    url = f"/i/{story.mother.invitation.id}"
    await change(sqlite, story, state=SessionState.CANCELLED)
    assert "这次取消了" in await (await browser.get(url)).text()
    await change(sqlite, story, state=SessionState.ENDED, ended_at=now())
    page = await (await browser.get(url)).text()
    assert "已经结束了" in page
    assert "90 天" in page
    assert '<form method="post" action="/i/' not in page
    with clock.shifted(timedelta(days=91)):
        gone = await browser.get(url)
    assert (gone.status, "这个链接已经过期了" in await gone.text()) == (410, True)


async def test_the_invite_file_can_be_kept(client_for: ClientFor, sqlite: Database, story: Story, secret: str) -> None:
    async def unit(db: AsyncSession) -> None:
        await announce_booked(db, await db.get_one(MediationSession, story.session.id))

    await sqlite.write(unit)
    browser = await client_for(way=story.mother)
    answer = await browser.get(f"/i/{story.mother.invitation.id}/invite.ics")
    assert answer.content_type == "text/calendar"
    calendar = Calendar.from_ical(await answer.read())
    assert isinstance(calendar, Calendar)
    assert str(calendar.events[0]["LOCATION"]).endswith(f"/i/{story.mother.invitation.id}#{secret}")
    assert "ATTENDEE" not in calendar.events[0]


async def test_language_and_large_type_follow_the_person(
    client_for: ClientFor, sqlite: Database, story: Story, secret: str
) -> None:
    async def unit(db: AsyncSession) -> None:
        person = await db.get_one(type(story.mother.person), story.mother.person.id)
        person.locale, person.elder = "en", True

    await sqlite.write(unit)
    browser = await client_for()
    url = f"/i/{story.mother.invitation.id}"
    answer = await browser.post(f"{url}/redeem", json={"token": secret}, headers=JSON)
    assert (answer.cookies["lang"].value, answer.cookies["elder"].value) == ("en", "1")
    page = await (await browser.get(url)).text()
    assert 'class="elder"' in page
    assert "please join a video mediation" in page
