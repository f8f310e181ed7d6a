"""The pages of case files, over HTTP: what is shown to whom, and forms that keep what was entered."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from mediation.cases.models import CaseFile, Party
from mediation.db import Database
from mediation.people.models import Person
from tests.story import Story

ClientFor = Callable[..., Awaitable[Any]]
FORM = {
    "kind": "visiting",
    "summary": "约定的探望没有做到。\r\n对方不见面。",
    "source": "热线",
    "applicant_name": "谢兰",
    "applicant_called": "谢女士",
    "applicant_phone": "138 0013 8000",
    "respondent_name": "方强",
}


async def test_register_and_see_the_case(story: Story, client_for: ClientFor, sqlite: Database) -> None:
    browser = await client_for(login=story.worker)
    assert (await browser.get("/cases/new")).status == 200
    answer = await browser.post("/cases/new", data=FORM, allow_redirects=False)
    assert answer.status == 303
    text = await (await browser.get(answer.headers["Location"])).text()
    assert "谢女士 与 方强" in text
    assert "138****8000" in text
    assert "13800138000" not in text
    assert "下一步：指定调解员" in text
    assert "隔离保护：没有。" in text
    assert "周老师受理登记" in text
    async with sqlite.read() as db:
        assert await db.scalar(select(CaseFile.summary).where(CaseFile.id != story.case.id)) == (
            "约定的探望没有做到。\n对方不见面。"
        )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "murder"}, "kind"),
        ({"summary": ""}, "summary"),
        ({"summary": "长" * 4001}, "summary"),
        ({"respondent_name": ""}, "respondent_name"),
        ({"applicant_phone": "call me"}, "applicant_phone"),
        ({"respondent_email": "nowhere"}, "respondent_email"),
        ({"applicant_name": "林国栋"}, "applicant_person"),
        ({"applicant_name": "王芳"}, "applicant_person"),
        ({"court_case_number": "号" * 61}, "court_case_number"),
    ],
)
async def test_a_refused_form_says_where_and_keeps_everything(
    story: Story, client_for: ClientFor, sqlite: Database, wrong: dict[str, str], field: str
) -> None:
    browser = await client_for(login=story.worker)
    entered = {**FORM, **wrong}
    answer = await browser.post("/cases/new", data=entered)
    text = await answer.text()
    assert answer.status in (409, 422)
    assert f'href="#field-{field}"' in text
    assert f'id="field-{field}"' in text
    for name in ("source", "applicant_called", "respondent_name"):
        assert not entered[name] or f'value="{entered[name]}"' in text
    async with sqlite.read() as db:
        assert await db.scalar(select(func.count()).select_from(CaseFile)) == 1
        assert await db.scalar(select(func.count()).select_from(Person).where(Person.name == "谢兰")) == 0


async def test_somebody_of_the_directory_is_chosen(story: Story, client_for: ClientFor, sqlite: Database) -> None:
    browser = await client_for(login=story.worker)
    first = await (await browser.get("/cases/new", params={"applicant": story.mother.person.id})).text()
    assert "已在人员名录里：王芳（王女士）" in first
    asked = await (await browser.post("/cases/new", data={**FORM, "applicant_name": "王芳"})).text()
    assert f'value="{story.mother.person.id}"' in asked
    assert "138****2051" in asked
    chosen = {**FORM, "applicant_name": "王芳", "applicant_person": story.mother.person.id}
    assert (await browser.post("/cases/new", data=chosen, allow_redirects=False)).status == 303
    async with sqlite.read() as db:
        mine = select(func.count()).select_from(Party).where(Party.person_id == story.mother.person.id)
        assert await db.scalar(mine) == 2


async def test_a_person_of_another_directory_is_neither_shown_nor_chosen(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.stranger)
    shown = await (await browser.get("/cases/new", params={"applicant": story.mother.person.id})).text()
    assert "王芳" not in shown
    stolen = {**FORM, "applicant_person": story.mother.person.id}
    assert (await browser.post("/cases/new", data=stolen)).status == 403


async def test_the_list_finds_by_name_and_number(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.worker)
    link = f'href="/cases/{story.case.id}"'
    for query, found in (("", True), ("王芳", True), ("先生", True), ("0318", True), ("芳 318", True), ("%", False)):
        assert (link in await (await browser.get("/cases", params={"q": query})).text()) is found, query
    assert link in await (await browser.get("/cases", params={"whose": "mine"})).text()
    other = await client_for(login=story.judge)
    assert link in await (await other.get("/cases")).text()
    assert link not in await (await other.get("/cases", params={"whose": "mine"})).text()
    stranger = await client_for(login=story.stranger)
    assert link not in await (await stranger.get("/cases")).text()
    assert (await stranger.get(f"/cases/{story.case.id}")).status == 404


async def test_a_judge_sees_the_case_without_phones_or_forms(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.judge)
    text = await (await browser.get(f"/cases/{story.case.id}")).text()
    assert "王女士" in text
    assert "2051" not in text
    assert f'action="/cases/{story.case.id}/' not in text
    for path in ("notes", "edit", "mediator", "share", "share/stop", "parties/new"):
        answer = await browser.post(f"/cases/{story.case.id}/{path}", data={"text": "x"})
        assert answer.status in (403, 422), path


async def test_protection_is_said(story: Story, client_for: ClientFor, sqlite: Database) -> None:
    await story.protect(sqlite)
    browser = await client_for(login=story.mediator)
    assert "隔离保护：有。" in await (await browser.get(f"/cases/{story.case.id}")).text()


async def test_a_relative_is_refused_with_the_reason(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.worker)
    path = f"/cases/{story.case.id}/parties/new"
    assert "亲属" in await (await browser.get(path)).text()
    answer = await browser.post(path, data={"role": "relative", "name": "林老先生"})
    text = await answer.text()
    assert answer.status == 422
    assert "亲属要双方都同意才能参加" in text
    assert 'value="林老先生"' in text
    asked = await browser.post(
        path, data={"role": "relative", "name": "林老先生"}, headers={"Accept": "application/json"}
    )
    assert (await asked.json())["error"]["code"] == "relatives_need_consent"


async def test_a_stale_edit_keeps_what_was_written(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.worker)
    path = f"/cases/{story.case.id}/edit"
    assert (await browser.post(path, data={"summary": "第一个", "revision": "0"}, allow_redirects=False)).status == 303
    answer = await browser.post(path, data={"summary": "第二个", "revision": "0"})
    text = await answer.text()
    assert answer.status == 409
    assert "第二个" in text
    assert "第一个" in text


async def test_notes_and_hostile_text_are_shown_as_text(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.mediator)
    hostile = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    await browser.post(f"/cases/{story.case.id}/notes", data={"text": hostile})
    for path in (f"/cases/{story.case.id}", f"/cases/{story.case.id}/timeline"):
        text = await (await browser.get(path)).text()
        assert "&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}" in text
        assert "<img src=x" not in text
