"""Booking page, session page, day page: what works without a script, who is refused, what is said."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.db import Database
from mediation.invitations.models import Invitation
from mediation.people.models import Channel, Person
from mediation.sessions.models import MediationSession, Participant, Reply, SessionKind, SessionState
from tests.conftest import Client
from tests.story import Member, Story

ClientFor = Callable[..., Awaitable[Client]]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def tomorrow_at(clock: str, days: int = 1) -> dict[str, str]:
    day = (now().astimezone(SHANGHAI) + timedelta(days=days)).date()
    return {"slot": "own", "day": day.isoformat(), "clock": clock}


def people(story: Story, **other: str) -> dict[str, str]:
    chosen = {
        f"expect.applicant.{story.mother.person.id}": "required",
        f"expect.respondent.{story.father.person.id}": "required",
        f"expect.mediator.{story.mediator.person.id}": "required",
    }
    return chosen | other


async def sessions(database: Database) -> list[MediationSession]:
    async with database.read() as db:
        return list(await db.scalars(select(MediationSession).order_by(MediationSession.number)))


async def test_the_page_proposes_times_and_books_one(sqlite: Database, story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.mediator)
    url = f"/cases/{story.case.id}/sessions/new"
    text = await (await browser.get(url)).text()
    assert "约第 2 次调解" in text
    slots = re.findall(r'name="slot" value="(\d[^"]+)"', text)
    assert len(slots) == 6
    once = re.search(r'name="once" value="([^"]+)"', text)
    assert once is not None
    form = people(story, slot=slots[2], minutes="60", once=once[1])
    answers = [await browser.post(url, data=form, allow_redirects=False) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"], "sent twice, booked once"
    booked = await sessions(sqlite)
    assert [each.number for each in booked] == [1, 2]
    assert booked[1].starts_at == datetime.fromisoformat(slots[2])
    page = await browser.get(answers[0].headers["Location"])
    assert page.status == 200
    assert "王女士" in await page.text()


async def test_own_time_is_on_the_clock_of_the_workstation(
    sqlite: Database, story: Story, client_for: ClientFor
) -> None:
    browser = await client_for(login=story.mediator)
    answer = await browser.post(
        f"/cases/{story.case.id}/sessions/new", data=people(story, **tomorrow_at("14:30")), allow_redirects=False
    )
    assert answer.status == 303
    booked = (await sessions(sqlite))[1]
    assert booked.starts_at.astimezone(SHANGHAI).strftime("%H:%M") == "14:30"
    assert booked.starts_at.tzinfo is UTC


async def test_a_taken_time_is_refused_with_names_and_the_form_is_kept(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.mediator)
    url = f"/cases/{story.case.id}/sessions/new"
    form = people(story, **tomorrow_at("14:30"), minutes="90")
    assert (await browser.post(url, data=form, allow_redirects=False)).status == 303
    answer = await browser.post(url, data=form | {"clock": "15:45"}, allow_redirects=False)
    text = await answer.text()
    assert answer.status == 409
    for name in ("王女士", "林先生", "潘调解员"):
        assert name in text
    assert 'value="15:45"' in text
    assert re.search(r'value="90" checked', text)
    refused = await browser.post(url, data=form, headers={"Accept": "application/json"}, allow_redirects=False)
    assert (refused.status, (await refused.json())["error"]["code"]) == (409, "slot_taken")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"clock": "14:37"}, "starts_at", "not_on_the_quarter"),
        ({"day": "2020-01-01"}, "starts_at", "in_the_past"),
        ({"day": "never"}, "day", "invalid_form"),
        ({"clock": ""}, "clock", "time_needed"),
        ({"slot": "", "day": "", "clock": ""}, "slot", "time_needed"),
        ({"slot": "2030-01-01T10:00"}, "slot", "invalid_form"),
        ({"slot": "<script>"}, "slot", "invalid_form"),
        ({"minutes": "99999999999"}, "minutes", "length_refused"),
        ({"mode": "hidden"}, "mode", "invalid_form"),
        ({"kind": "party"}, "kind", "invalid_form"),
        ({"expect.applicant.someone": "required"}, None, "not_a_party"),
        ({"expect.judge.someone": "required"}, None, "not_on_this_case"),
        ({"expect.relative.someone": "required"}, "expect.relative.someone", "invalid_form"),
        ({"expect.companion.someone": "required"}, None, "relatives_need_consent"),
        ({"expect.applicant.someone": "perhaps"}, "expect.applicant.someone", "invalid_form"),
    ],
)
async def test_bad_input_gets_a_sentence_and_a_code(
    sqlite: Database, story: Story, client_for: ClientFor, change: dict[str, str], field: str | None, code: str
) -> None:
    browser = await client_for(login=story.mediator)
    url, form = f"/cases/{story.case.id}/sessions/new", people(story, **tomorrow_at("14:30")) | change
    answer = await browser.post(url, data=form, headers={"Accept": "application/json"}, allow_redirects=False)
    error = (await answer.json())["error"]
    assert (answer.status, error["code"]) == (422, code)
    assert field is None or field in error["fields"]
    page = await browser.post(url, data=form, allow_redirects=False)
    assert page.status == 422
    assert len(await sessions(sqlite)) == 1


async def test_protection_locks_the_mode(sqlite: Database, story: Story, client_for: ClientFor) -> None:
    await story.protect(sqlite)
    browser = await client_for(login=story.mediator)
    url = f"/cases/{story.case.id}/sessions/new"
    assert "只能背对背" in await (await browser.get(url)).text()
    joint = await browser.post(
        url, data=people(story, **tomorrow_at("14:30"), mode="joint"), headers={"Accept": "application/json"}
    )
    assert (await joint.json())["error"]["code"] == "protected_pair_needs_shuttle"
    shuttle = await browser.post(url, data=people(story, **tomorrow_at("14:30"), mode="shuttle"), allow_redirects=False)
    assert shuttle.status == 303


async def test_free_and_busy_tells_times_only(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.mediator)
    url = f"/cases/{story.case.id}"
    await browser.post(f"{url}/sessions/new", data=people(story, **tomorrow_at("14:30")), allow_redirects=False)
    answer = await browser.get(f"{url}/free-busy", params=people(story, **tomorrow_at("15:00")))
    found = await answer.json()
    assert {frozenset(each) for each in found["people"]} == {frozenset({"person_id", "free", "words"})}
    assert [each["free"] for each in found["people"]] == [[[9 * 60, 14 * 60 + 30], [15 * 60 + 30, 21 * 60]]] * 3
    assert found["chosen"] == [15 * 60, 16 * 60]
    assert "王女士" in found["not_free"]


async def test_a_consultation_needs_its_question(sqlite: Database, story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.worker)
    url = f"/cases/{story.case.id}/sessions/new"
    text = await (await browser.get(f"{url}?kind=consultation")).text()
    assert "问法官" in text
    form = {
        "kind": "consultation",
        "mode": "joint",
        **tomorrow_at("10:00"),
        f"expect.applicant.{story.mother.person.id}": "required",
        f"expect.judge.{story.judge.person.id}": "required",
        f"expect.federation.{story.worker.person.id}": "required",
    }
    refused = await browser.post(url, data=form, headers={"Accept": "application/json"})
    assert (await refused.json())["error"]["code"] == "question_needed"
    answer = await browser.post(url, data=form | {"question": "探望的时间能不能强制执行?"}, allow_redirects=False)
    assert answer.status == 303
    assert (await sessions(sqlite))[1].kind is SessionKind.CONSULTATION
    judge = await client_for(login=story.judge)
    text = await (await judge.get(answer.headers["Location"])).text()
    assert "探望的时间能不能强制执行?" in text
    assert "/renew" not in text
    assert "/cancel" not in text


async def test_links_are_renewed_and_taken_back(sqlite: Database, story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.mediator)
    url = f"/sessions/{story.session.id}/participants/{story.mother.participant.id}"
    for verb, expected in (("renew", (2, False)), ("revoke", (2, True)), ("renew", (3, False))):
        answer = await browser.post(f"{url}/{verb}", allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, f"/sessions/{story.session.id}")
        async with sqlite.read() as db:
            invitation = await db.get_one(Invitation, story.mother.invitation.id)
        assert (invitation.version, invitation.revoked_at is not None) == expected


async def test_who_has_to_be_telephoned_is_shown(sqlite: Database, story: Story, client_for: ClientFor) -> None:
    async def unreachable(db: AsyncSession) -> None:
        (await db.get_one(Person, story.mother.person.id)).safe_channel = Channel.NONE

    await sqlite.write(unreachable)
    browser = await client_for(login=story.mediator)
    form = people(story, **tomorrow_at("14:30"))
    session = await browser.post(f"/cases/{story.case.id}/sessions/new", data=form)
    text = ""
    for _ in range(100):  # the job that delivers looks every second
        text = await (await browser.get(session.url.path)).text()
        if "请打电话" in text:
            break
        await asyncio.sleep(0.2)
    assert text.count("请打电话") == 1


async def test_moving_and_cancelling_on_the_page(sqlite: Database, story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.mediator)
    url = f"/sessions/{story.session.id}"
    own = {name: value for name, value in tomorrow_at("10:15").items() if name != "slot"}
    own["revision"] = "0"
    refused = await browser.post(f"{url}/reschedule", data={**own, "minutes": "60"}, allow_redirects=False)
    assert refused.status == 422
    moved = await browser.post(
        f"{url}/reschedule", data={**own, "minutes": "45", "reason": "出差"}, allow_redirects=False
    )
    assert moved.status == 303
    assert (await (await browser.get(url)).text()).count('name="revision" value="1"') == 2
    for verb in ("reschedule", "cancel"):  # whoever still looks at the page from before
        stale = await browser.post(f"{url}/{verb}", data={**own, "minutes": "60", "reason": "改期"})
        assert (stale.status, "刚刚有别人改过了" in await stale.text()) == (409, True)
    session = (await sessions(sqlite))[0]
    assert session.starts_at.astimezone(SHANGHAI).strftime("%H:%M") == "10:15"
    cancelling = {"reason": "撤回", "revision": "1"}
    refused = await browser.post(f"{url}/cancel", data=cancelling | {"reason": " "}, allow_redirects=False)
    assert refused.status == 422
    assert (await browser.post(f"{url}/cancel", data=cancelling, allow_redirects=False)).status == 303
    assert (await sessions(sqlite))[0].state is SessionState.CANCELLED
    again = await browser.post(f"{url}/cancel", data=cancelling, allow_redirects=False)
    assert again.status == 409


async def all_day(database: Database, story: Story) -> None:
    """Let the story's session last from midnight to midnight, so that it is today's at whatever hour the test runs."""

    async def unit(db: AsyncSession) -> None:
        session = await db.get_one(MediationSession, story.session.id)
        midnight = now().astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        session.starts_at, session.ends_at = midnight, midnight + timedelta(days=1)

    await database.write(unit)


def paths(story: Story) -> list[tuple[str, str]]:
    case, session, participant = story.case.id, story.session.id, story.mother.participant.id
    return [
        ("GET", f"/cases/{case}/sessions/new"),
        ("POST", f"/cases/{case}/sessions/new"),
        ("GET", f"/cases/{case}/free-busy"),
        ("GET", f"/sessions/{session}"),
        ("POST", f"/sessions/{session}/reschedule"),
        ("POST", f"/sessions/{session}/cancel"),
        ("POST", f"/sessions/{session}/participants/{participant}/renew"),
        ("POST", f"/sessions/{session}/participants/{participant}/revoke"),
    ]


@pytest.mark.parametrize(
    ("who", "refused", "session_page"),
    [("stranger", 404, 404), ("judge", 403, 200), ("archivist", 403, 403), ("admin", 403, 403)],
)
async def test_who_is_refused(
    sqlite: Database, story: Story, client_for: ClientFor, who: str, refused: int, session_page: int
) -> None:
    member: Member = getattr(story, who)
    browser = await client_for(login=member)
    # A complete form for every path, so that nothing but the permission refuses it.
    form = people(story, **tomorrow_at("14:30"), minutes="60", reason="为什么", revision=str(story.session.revision))
    for method, path in paths(story):
        answer = await browser.request(method, path, data=form if method == "POST" else None, allow_redirects=False)
        expected = session_page if path == f"/sessions/{story.session.id}" else refused
        assert (path, answer.status) == (path, expected)
    async with sqlite.read() as db:
        assert await db.scalar(select(func.count()).select_from(MediationSession)) == 1
        assert (await db.get_one(Invitation, story.mother.invitation.id)).version == 1


async def test_nobody_without_a_login_and_no_party_comes_here(story: Story, client_for: ClientFor) -> None:
    for browser in (await client_for(), await client_for(way=story.mother)):
        for method, path in [*paths(story), ("GET", "/day")]:
            answer = await browser.request(method, path, allow_redirects=False)
            assert answer.status == (303 if method == "GET" else 401)


async def test_a_participant_of_another_session_is_not_found(
    sqlite: Database, story: Story, client_for: ClientFor
) -> None:
    browser = await client_for(login=story.mediator)
    await browser.post(
        f"/cases/{story.case.id}/sessions/new", data=people(story, **tomorrow_at("14:30")), allow_redirects=False
    )
    other = (await sessions(sqlite))[1].id
    answer = await browser.post(
        f"/sessions/{other}/participants/{story.mother.participant.id}/revoke", allow_redirects=False
    )
    assert answer.status == 404


@pytest.mark.parametrize("who", ["mediator", "judge", "worker"])
async def test_each_sees_their_day(sqlite: Database, story: Story, client_for: ClientFor, who: str) -> None:
    await all_day(sqlite, story)
    browser = await client_for(login=getattr(story, who))
    text = await (await browser.get("/day")).text()
    assert f"/sessions/{story.session.id}/room" in text
    assert "王女士 与 林先生" in text
    assert text.count("进入调解室") == 1


async def test_a_day_without_sessions_and_the_day_of_others(
    sqlite: Database, story: Story, client_for: ClientFor
) -> None:
    stranger = await client_for(login=story.stranger)
    text = await (await stranger.get("/day")).text()
    assert "今天没有调解" in text
    assert "王女士" not in text
    for who in (story.archivist, story.admin):
        assert (await (await client_for(login=who)).get("/day")).status == 403


async def test_what_is_past_has_no_way_in(sqlite: Database, story: Story, client_for: ClientFor) -> None:
    await all_day(sqlite, story)

    async def end_it(db: AsyncSession) -> None:
        (await db.get_one(MediationSession, story.session.id)).state = SessionState.ENDED

    await sqlite.write(end_it)
    text = await (await (await client_for(login=story.mediator)).get("/day")).text()
    assert "/room" not in text
    assert f"/sessions/{story.session.id}/minutes" in text
    assert "王女士 与 林先生" in text


async def test_what_waits_is_said(sqlite: Database, story: Story, client_for: ClientFor) -> None:
    async def reply(db: AsyncSession) -> None:
        father = await db.get_one(Participant, story.father.participant.id)
        father.reply, father.reply_note = Reply.OTHER_TIME, "周末可以"

    await sqlite.write(reply)
    browser = await client_for(login=story.mediator)
    text = await (await browser.get("/day")).text()
    assert "林先生想换时间" in text
    assert "周末可以" in text


async def test_the_case_page_lists_its_sessions(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.mediator)
    text = await (await browser.get(f"/cases/{story.case.id}")).text()
    assert f'href="/sessions/{story.session.id}"' in text


@pytest.mark.parametrize(
    "path",
    ["/day", "/cases/{case}/sessions/new", "/cases/{case}/sessions/new?kind=consultation", "/sessions/{session}"],
)
async def test_english_pages_are_english(story: Story, client_for: ClientFor, path: str) -> None:
    browser = await client_for(login=story.mediator)
    browser.session.cookie_jar.update_cookies({"lang": "en"})
    answer = await browser.get(path.format(case=story.case.id, session=story.session.id))
    text = await answer.text()
    names = "潘调解员 陈法官 周老师 王女士 林先生 妇联 法院 中文 青家调 号 大字"
    left = re.sub("|".join(names.split()), "", re.sub(r"<(script|style).*?</\1>", "", text, flags=re.S))
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []
