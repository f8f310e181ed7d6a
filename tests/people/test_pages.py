"""The person pages over HTTP: contact data stay masked until asked for, protection is asked twice, bad input is told."""

from collections.abc import Awaitable, Callable

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from mediation.db import Database
from mediation.journal.models import JournalEntry
from mediation.people.models import Person
from mediation.people.queries import kept_apart_from
from tests.story import Story

Browser = TestClient  # type: ignore[type-arg]
Browsers = Callable[..., Awaitable[Browser]]


async def test_contact_data_are_masked_until_asked_for(client_for: Browsers, sqlite: Database, story: Story) -> None:
    browser, mother = await client_for(login=story.mediator), story.mother.person
    path = f"/people/{mother.id}"
    for page in ("/people", f"/people?q={mother.name}", path, f"{path}/edit"):
        text = await (await browser.get(page)).text()
        assert "138****2051" in text
        for full in ("13800002051", "138 0000 2051", str(mother.email), str(mother.address)):
            assert full not in text
    shown = await browser.post(f"{path}/contact")
    text = await shown.text()
    assert all(full in text for full in ("138 0000 2051", str(mother.email), str(mother.address)))
    assert shown.headers["Cache-Control"] == "no-store"
    async with sqlite.read() as db:
        entry = (await db.scalars(select(JournalEntry))).one()
    assert (entry.action, entry.subject, entry.actor) == ("contact_shown", mother.id, story.mediator.actor().key)
    assert (await browser.get(f"{path}/contact")).status == 405


async def seen(browser: Browser, path: str) -> str:
    """What the form to change a person carries of the person as they are now."""
    text = await (await browser.get(f"{path}/edit")).text()
    return text.split('name="seen" value="')[1].split('"')[0]


async def test_somebody_is_added_and_changed(client_for: Browsers, sqlite: Database, story: Story) -> None:
    browser = await client_for(login=story.worker)
    form = {
        "name": "李小梅",
        "phone": "138 1111 2222",
        "email": "mei@example.org",
        "identity_number": "11010519491231002X",
    }
    profile = {"safe_channel": "sms", "safe_from": "09:00", "safe_until": "18:30", "neutral_wording": "1", "elder": "1"}
    added = await browser.post("/people/new", data=form | profile, allow_redirects=False)
    path = added.headers["Location"]
    text = await (await browser.get(path)).text()
    assert all(shown in text for shown in ("138****2222", "110*************2X", "09:00–18:30", "发短信", "大字"))
    changed = {"name": "李梅", "forget[]": "phone", "safe_channel": "none", "seen": await seen(browser, path)}
    await browser.post(f"{path}/edit", data=changed)
    async with sqlite.read() as db:
        person = await db.get_one(Person, path.rpartition("/")[2])
    assert (person.name, person.phone, person.email) == ("李梅", None, "mei@example.org")
    assert (person.elder, person.neutral_wording, person.safe_from) == (False, False, None)


async def test_a_stale_form_does_not_undo_what_somebody_else_changed(
    client_for: Browsers, sqlite: Database, story: Story
) -> None:
    worker, mediator = await client_for(login=story.worker), await client_for(login=story.mediator)
    path, mother = f"/people/{story.mother.person.id}", story.mother.person
    both = await seen(worker, path)
    assert both == await seen(mediator, path)
    hours = {"safe_from": "09:00", "safe_until": "11:00", "neutral_wording": "1"}
    first = await worker.post(f"{path}/edit", data={"name": mother.name, "seen": both} | hours, allow_redirects=False)
    assert first.status == 303
    for stale in (both, ""):
        refused = await mediator.post(f"{path}/edit", data={"name": "王小芳", "seen": stale})
        text = await refused.text()
        assert (refused.status, "王小芳" in text) == (409, True)
        assert "刚刚有别人改过了" in text
    async with sqlite.read() as db:
        person = await db.get_one(Person, mother.id)
    assert (person.name, person.neutral_wording, str(person.safe_from)) == (mother.name, True, "09:00:00")
    again = {"name": "王小芳", "seen": await seen(mediator, path)} | hours
    assert (await mediator.post(f"{path}/edit", data=again, allow_redirects=False)).status == 303


@pytest.mark.parametrize(
    ("entered", "sentence"),
    [
        ({"name": ""}, "请填写这一项。"),
        ({"name": "长" * 501}, "这一项太长了。"),
        ({"phone": "123"}, "这个电话号码打不通，请核对。"),
        ({"email": "mei"}, "这不是邮箱地址。"),
        ({"identity_number": "110105194912310021"}, "号码有误，请对照证件核对。"),
        ({"safe_from": "09:00"}, "两个时间都填，或者都不填。"),
        ({"safe_from": "nine"}, "请填时间。"),
        ({"safe_channel": "pigeon"}, "请选一个答案。"),
        ({"name": "<script>alert(1)</script>", "phone": "x"}, "这个电话号码打不通，请核对。"),
    ],
)
async def test_bad_input_is_told_and_kept(
    client_for: Browsers, story: Story, entered: dict[str, str], sentence: str
) -> None:
    browser = await client_for(login=story.worker)
    answer = await browser.post("/people/new", data={"name": "李小梅", "called": "李女士"} | entered)
    main = (await answer.text()).split("<main")[1].split("</main")[0]
    assert (answer.status, sentence in main, "李女士" in main) == (422, True, True)
    assert "<script>" not in main
    assert entered.get("identity_number", "never") not in main


async def test_two_are_kept_apart_and_no_longer(client_for: Browsers, sqlite: Database, story: Story) -> None:
    browser, mother, father = await client_for(login=story.worker), story.mother.person, story.father.person
    path = f"/people/{mother.id}"
    found = await (await browser.get(f"{path}?with=林")).text()
    assert f'id="protect-{father.id}"' in found
    without = await browser.post(f"{path}/protect", data={"other_id": father.id, "reason": " "})
    assert (without.status, "请填写这一项。" in await without.text()) == (422, True)
    form = {"other_id": father.id, "reason": "人身安全保护令"}
    assert (await browser.post(f"{path}/protect", data=form, allow_redirects=False)).status == 303
    assert (await browser.post(f"{path}/protect", data=form)).status == 409
    for page in (path, f"/people/{father.id}"):
        assert "人身安全保护令" in await (await browser.get(page)).text()
    assert f'id="protect-{father.id}"' not in await (await browser.get(f"{path}?with=林")).text()
    async with sqlite.read() as db:
        assert await kept_apart_from(db, father.id) == {mother.id}
    ended = await browser.post(f"/people/{father.id}/protect/end", data={"other_id": mother.id, "reason": "撤销"})
    assert ended.status == 200
    async with sqlite.read() as db:
        assert await kept_apart_from(db, father.id) == frozenset()
    own = await browser.post(f"{path}/protect", data={"other_id": mother.id, "reason": "x"})
    assert (own.status, "不能和自己隔离。" in await own.text()) == (422, True)


@pytest.mark.parametrize("query", ["q=%25%27--", "page=-1", "page=1e9", "q=" + "长" * 300, "page=999999"])
async def test_hostile_searches_find_nothing(client_for: Browsers, story: Story, query: str) -> None:
    assert (await (await client_for(login=story.worker)).get(f"/people?{query}")).status == 200
