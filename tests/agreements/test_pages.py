"""The way over the pages: write, read, sign on two phones, download; refused where it has to be."""

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.drafting import edit_clause
from mediation.agreements.kinds import AgreementState
from mediation.agreements.queries import clauses_of
from mediation.config import Settings
from mediation.db import Database
from mediation.journal.models import JournalEntry
from tests.agreements.steps import STROKES, code_of, drafted, offered, reread, sign, visiting
from tests.story import Guest, Story

VISITING = {
    "kind": "visiting", "title": "探望", "child": "孩子", "what": "孩子在王女士家住一晚", "repeats": "month_2", "weekday": "SA",
    "from_day": "2026-12-01", "starts_at": "09:00", "ends_after_days": "1", "ends_at": "17:00", "handover": "王女士家楼下",
    "return_place": "林先生家楼下", "notice_days": "2", "if_not": "下个周末补上",
}  # fmt: skip


async def read_all(phone: Any, base: str) -> str:
    """Agree to one clause after the other; gives the page after the last."""
    while True:
        text = await (await phone.get(base)).text()
        action = re.search(rf'action="({base}/clauses/\w+)"', text)
        if action is None:
            return str(text)
        version = re.search(r'name="version" value="(\d+)"', text)
        assert version
        answered = await phone.post(action[1], data={"version": version[1], "answer": "agree"})
        assert answered.status == 200


async def test_the_whole_way(
    client_for: Any, sqlite: Database, story: Story, settings: Settings, tmp_path: Path
) -> None:
    await story.identify(sqlite)
    desk, path = await client_for(login=story.mediator), f"/cases/{story.case.id}/agreement"
    mother, father = story.mother, story.father
    assert (await desk.post(path, data={"template": "visiting-a-child"})).status == 200
    async with sqlite.read() as db:
        first = (await clauses_of(db, (await reread(sqlite, story)).id))[0].id
    people = {"visitor": mother.person.id, "brought_by": father.person.id, "returned_by": mother.person.id}
    saved = await desk.post(f"{path}/clauses/{first}", data={"version": 1, **VISITING, **people})
    assert "每月第二个星期六上午9点，林先生送孩子到王女士家楼下" in await saved.text()
    assert (
        await desk.post(
            f"{path}/clauses", data={"version": 2, "kind": "free", "title": "学费", "text": "各一半\r\n#panic"}
        )
    ).status == 200
    assert (await desk.post(f"{path}/facts", data={"version": 3, "facts": "双方有一个孩子。"})).status == 200
    assert (await desk.post(f"{path}/offer", data={"version": 4})).status == 200

    for guest in (mother, father):
        base = f"/i/{guest.invitation.id}/agreement"
        phone = await client_for(way=guest)
        assert "请您签名" in await read_all(phone, base)
        signed = await phone.post(
            f"{base}/signature", data={"version": 4, "manner": "drawn", "strokes": STROKES, "declared": "1"}
        )
        assert "输入验证码" in await signed.text()
        wrong = await phone.post(f"{base}/code", data={"version": 4, "code": "12"})
        assert wrong.status == 422
        confirmed = await phone.post(f"{base}/code", data={"version": 4, "code": await code_of(sqlite, guest)})
        assert confirmed.status == 200
    effective = await reread(sqlite, story)
    assert effective.state is AgreementState.EFFECTIVE
    assert effective.pdf_sha256 is not None
    assert effective.pdf_sha256 in await (await phone.get(base)).text()

    own = await phone.get(f"/i/{father.invitation.id}/agreement.pdf")
    content = await own.read()
    assert (own.content_type, hashlib.sha256(content).hexdigest()) == ("application/pdf", effective.pdf_sha256)
    assert await (await desk.get(f"/agreements/{effective.id}.pdf")).read() == content
    (tmp_path / "a.pdf").write_bytes(content)
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], check=True, capture_output=True, text=True).stdout
    text = text.replace("\n", "")
    for expected in (
        "王芳",
        "林国栋",
        "潘秀兰",
        "双方有一个孩子。",
        "各一半#panic",
        effective.content_hash or "",
        effective.number,
    ):
        assert expected in text
    for person in (mother.person, father.person):
        assert person.phone not in text
        assert person.address not in text
    async with sqlite.read() as db:
        downloads = select(JournalEntry).where(JournalEntry.action == "agreement_downloaded")
        assert {entry.actor for entry in await db.scalars(downloads)} == {
            f"participant:{father.participant.id}", f"staff:{story.mediator.staff.id}",
        }  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_state_has_a_page_in_both_languages(
    client_for: Any, sqlite: Database, story: Story, settings: Settings, lang: str
) -> None:
    desk, phone = await client_for(login=story.mediator), await client_for(way=story.mother)
    for browser in (desk, phone):
        browser.session.cookie_jar.update_cookies({"lang": lang}, browser.make_url("/"))
    path, base = f"/cases/{story.case.id}/agreement", f"/i/{story.mother.invitation.id}/agreement"

    async def look() -> None:
        for browser, address in (
            (desk, path), (desk, f"{path}/panel"), (desk, f"{path}?edit=free"), (desk, f"{path}?edit=visiting"),
            (desk, f"{path}?edit=facts"), (desk, f"/cases/{story.case.id}"), (phone, base), (phone, f"{base}?clause=2"),
            (phone, f"{base}?typed=1"), (phone, f"/i/{story.mother.invitation.id}"),
        ):  # fmt: skip
            assert (await browser.get(address)).status == 200, address

    await look()
    agreement = await drafted(sqlite, story, settings)
    await look()
    await offered_after(sqlite, story, settings, agreement.version)
    await look()
    await sign(sqlite, story.mother, agreement)
    await look()
    await sign(sqlite, story.father, agreement)
    await look()


async def offered_after(sqlite: Database, story: Story, settings: Settings, version: int) -> None:
    """Lay the draft before them."""
    from mediation.agreements.offering import offer

    await story.identify(sqlite)
    await sqlite.write(lambda db: offer(db, story.mediator.actor(), story.case.id, version, settings=settings))


async def test_a_refused_clause_keeps_what_was_written(
    client_for: Any, sqlite: Database, story: Story, settings: Settings
) -> None:
    await drafted(sqlite, story, settings)
    desk, path = await client_for(login=story.mediator), f"/cases/{story.case.id}/agreement"
    written = {"version": 2, "kind": "free", "title": "电话", "text": "打 13800002051 联系 <b>孩子</b>"}
    refused = await desk.post(f"{path}/clauses", data=written)
    text = await refused.text()
    assert refused.status == 422
    assert "&lt;b&gt;孩子&lt;/b&gt;" in text
    beside = await desk.post(f"{path}/clauses?panel=1", data=written)
    assert "<html" not in await beside.text()
    assert "&lt;b&gt;孩子&lt;/b&gt;" in await beside.text()
    stale = await desk.post(f"{path}/clauses", data={**written, "version": 1, "text": "好好说话"})
    assert stale.status == 409
    assert "好好说话" in await stale.text()


async def test_a_script_hears_the_code_of_a_refusal(
    client_for: Any, sqlite: Database, story: Story, settings: Settings
) -> None:
    await drafted(sqlite, story, settings)
    phone, base = await client_for(way=story.mother), f"/i/{story.mother.invitation.id}/agreement"
    async with sqlite.read() as db:
        clause = (await clauses_of(db, (await reread(sqlite, story)).id))[0].id
    answer = await phone.post(
        f"{base}/clauses/{clause}", data={"version": 1, "answer": "agree"}, headers={"Accept": "application/json"}
    )
    assert (answer.status, (await answer.json())["error"]["code"]) == (409, "draft_changed")


async def test_hostile_forms_are_refused_with_a_sentence(
    client_for: Any, sqlite: Database, story: Story, settings: Settings
) -> None:
    agreement = await offered(sqlite, story, settings)
    phone, base = await client_for(way=story.mother), f"/i/{story.mother.invitation.id}/agreement"
    desk, path = await client_for(login=story.mediator), f"/cases/{story.case.id}/agreement"
    for browser, address, data in (
        (phone, f"{base}/clauses/none", {"version": "2", "answer": "agree"}),
        (phone, f"{base}/clauses/none", {"version": "x", "answer": "agree"}),
        (phone, f"{base}/clauses/none", {"version": "2", "answer": "maybe"}),
        (phone, f"{base}/signature", {}),
        (phone, f"{base}/signature", {"version": 10**30}),
        (phone, f"{base}/code", {"version": agreement.version}),
        (phone, f"{base}/code", {"version": agreement.version, "code": "9" * 5000}),
        (desk, f"{path}/clauses", {"version": 2, "kind": "visiting", "title": "探望", "from_day": "31.12.2026"}),
        (desk, f"{path}/clauses", {"version": 2, "kind": "other"}),
        (desk, f"{path}/clauses/none/move", {"version": 2, "by": "sideways"}),
        (desk, f"{path}/offer", {"version": -1}),
    ):
        answer = await browser.post(address, data=data)
        assert 400 <= answer.status < 500, (address, data)
        assert (await reread(sqlite, story)).version == agreement.version


async def test_who_may_not_see_it_does_not(client_for: Any, sqlite: Database, story: Story, settings: Settings) -> None:
    agreement = await offered(sqlite, story, settings)
    for guest in (story.mother, story.father):
        await sign(sqlite, guest, agreement)
    path = f"/agreements/{agreement.id}.pdf"
    assert (await (await client_for(login=story.stranger)).get(path)).status == 404
    assert (await (await client_for()).get(path, allow_redirects=False)).status == 303
    assert (await (await client_for()).get(f"/i/{story.mother.invitation.id}/agreement.pdf")).status == 401
    assert (await (await client_for(way=story.father)).get(f"/i/{story.mother.invitation.id}/agreement")).status == 401
    assert (
        await (await client_for(login=story.judge)).post(f"/cases/{story.case.id}/agreement/offer", data={"version": 2})
    ).status == 403


async def test_a_protected_pair_s_pages_are_silent(
    client_for: Any, sqlite: Database, story: Story, settings: Settings
) -> None:
    await story.protect(sqlite)
    agreement = await offered(sqlite, story, settings)
    phone, base = await client_for(way=story.father), f"/i/{story.father.invitation.id}/agreement"

    async def seen() -> str:
        text = await (await phone.get(base)).text()
        asked = await phone.get(base, headers={"Accept": "application/json"})
        return str(text + await asked.text())

    before = await seen()
    await sign(sqlite, story.mother, agreement)
    assert await seen() == before
    await read_all(phone, base)
    assert "王女士还没有签" not in await seen()


async def test_a_changed_draft_shows_that_the_signature_is_void(
    client_for: Any, sqlite: Database, story: Story, settings: Settings
) -> None:
    agreement = await offered(sqlite, story, settings)
    await sign(sqlite, story.mother, agreement)

    async def change(db: AsyncSession) -> None:
        first = (await clauses_of(db, agreement.id))[0]
        draft = visiting(story, notice_days=9)
        await edit_clause(db, story.mediator.actor(), story.case.id, 2, first.id, draft, settings=settings)

    await sqlite.write(change)
    guest: Guest = story.mother
    text = await (await (await client_for(way=guest)).get(f"/i/{guest.invitation.id}/agreement")).text()
    assert "您的签名不算数了" in text
    assert "提前9天告诉对方" in text
