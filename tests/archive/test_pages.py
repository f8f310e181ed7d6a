"""The archivist's pages, over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from mediation.archive.models import ArchiveOpening
from mediation.cases.models import CaseDocument, Outcome
from mediation.closing.closing import close_session
from mediation.config import Settings
from mediation.db import Database
from mediation.journal.models import JournalEntry
from mediation.sessions.states import start
from tests.story import Story

ClientFor = Callable[..., Awaitable[Any]]


@pytest.fixture
async def closed(sqlite: Database, story: Story, settings: Settings) -> Story:
    actor = story.mediator.actor()
    await sqlite.write(lambda db: start(db, actor, story.session.id))
    await close_session(sqlite, settings, actor, story.session.id, Outcome.FAILED, "接送的时间谈不拢")
    return story


async def test_a_case_closed_a_moment_ago_is_found_by_two_characters(closed: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=closed.archivist)
    answer = await browser.get("/archive", params={"q": "国栋"})
    text = await answer.text()
    assert answer.status == 200
    assert f'href="/archive/{closed.case.id}"' in text
    assert "林<mark>国栋</mark>（林先生）" in text
    assert "王女士 与 林先生" in text


async def test_hostile_and_senseless_queries_give_a_page(closed: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=closed.archivist)
    for query in (
        {"q": '"><script>alert(1)</script>'},
        {"q": "x" * 5000, "page": "99999999999"},
        {"outcome": "nonsense", "kind": "'", "since": "2026-13-45", "until": "0001-01-01", "papers": "?", "page": "-1"},
        {"page": "500"},
    ):
        answer = await browser.get("/archive", params=query)
        assert answer.status == 200
        assert "<script>alert" not in await answer.text()


@pytest.mark.parametrize("member", ["mediator", "worker", "judge", "admin"])
async def test_others_have_no_archive(closed: Story, client_for: ClientFor, member: str) -> None:
    browser = await client_for(login=getattr(closed, member))
    for path in ("/archive", f"/archive/{closed.case.id}"):
        assert (await browser.get(path)).status == 403


async def test_a_case_and_its_papers_are_shown_and_taken_out(
    closed: Story, client_for: ClientFor, sqlite: Database
) -> None:
    browser = await client_for(login=closed.archivist)
    text = await (await browser.get(f"/archive/{closed.case.id}")).text()
    assert "接送的时间谈不拢" in text
    assert "13800002051" not in text
    async with sqlite.read() as db:
        papers = list(await db.scalars(select(CaseDocument)))
    assert papers
    for paper in papers:
        answer = await browser.get(f"/archive/{closed.case.id}/documents/{paper.id}")
        assert answer.content_type == "application/pdf"
        assert len(await answer.read()) == paper.size
    async with sqlite.read() as db:
        actions = list(await db.scalars(select(JournalEntry.action)))
    assert actions.count("archive_read") == 1
    assert actions.count("archive_downloaded") == len(papers)


async def test_a_protected_case_shows_nothing_until_a_reason_is_written(
    closed: Story, client_for: ClientFor, sqlite: Database
) -> None:
    await closed.protect(sqlite)
    browser = await client_for(login=closed.archivist)
    listed = await (await browser.get("/archive", params={"q": "接送"})).text()
    asked = await (await browser.get(f"/archive/{closed.case.id}")).text()
    for text in (listed, asked):
        assert closed.case.number in text
        assert "王女士" not in text
        assert "谈不拢" not in text
    refused = await browser.post(f"/archive/{closed.case.id}/open", data={"reason": " "})
    assert refused.status == 422
    opened = await browser.post(f"/archive/{closed.case.id}/open", data={"reason": "法院调卷"}, allow_redirects=True)
    assert "接送的时间谈不拢" in await opened.text()
    async with sqlite.read() as db:
        assert [each.reason for each in await db.scalars(select(ArchiveOpening))] == ["法院调卷"]


async def test_an_open_case_is_not_to_be_had_by_its_address(story: Story, client_for: ClientFor) -> None:
    browser = await client_for(login=story.archivist)
    assert (await browser.get(f"/archive/{story.case.id}")).status == 404
    assert (await browser.get(f"/cases/{story.case.id}")).status == 403
