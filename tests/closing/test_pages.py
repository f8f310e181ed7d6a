"""The page on which a session ends, over HTTP."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.cases.models import CaseFile, CaseState, Outcome
from mediation.config import Settings
from mediation.db import Database
from mediation.journal.models import JournalEntry
from mediation.sessions.models import MediationSession, SessionState
from mediation.sessions.states import start
from tests.agreements.steps import offered, sign
from tests.story import Story

ClientFor = Callable[..., Awaitable[Any]]


@pytest.fixture
async def live(sqlite: Database, story: Story) -> Story:
    await sqlite.write(lambda db: start(db, story.mediator.actor(), story.session.id))
    return story


async def states(sqlite: Database, story: Story) -> tuple[CaseState, Outcome | None, SessionState]:
    async with sqlite.read() as db:
        case, session = await _both(db, story)
        return case.state, case.outcome, session.state


async def _both(db: AsyncSession, story: Story) -> tuple[CaseFile, MediationSession]:
    return await db.get_one(CaseFile, story.case.id), await db.get_one(MediationSession, story.session.id)


async def test_next_time_ends_the_session_only(live: Story, client_for: ClientFor, sqlite: Database) -> None:
    browser = await client_for(login=live.mediator)
    path = f"/sessions/{live.session.id}/close"
    assert "还没有谈成" in await (await browser.get(path)).text()
    answer = await browser.post(path, data={"outcome": "next_time"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, f"/cases/{live.case.id}")
    assert await states(sqlite, live) == (CaseState.OPEN, None, SessionState.ENDED)


async def test_without_a_reason_the_page_is_shown_again_with_what_was_chosen(
    live: Story, client_for: ClientFor, sqlite: Database
) -> None:
    browser = await client_for(login=live.mediator)
    answer = await browser.post(f"/sessions/{live.session.id}/close", data={"outcome": "withdrawn"})
    text = await answer.text()
    assert answer.status == 422
    assert 'value="withdrawn" checked' in text
    assert "请写明为什么没有谈成。" in text
    assert await states(sqlite, live) == (CaseState.OPEN, None, SessionState.LIVE)


@pytest.mark.parametrize("outcome", ["", "won", "agreed"])
async def test_what_cannot_be_chosen_closes_nothing(
    live: Story, client_for: ClientFor, sqlite: Database, outcome: str
) -> None:
    browser = await client_for(login=live.mediator)
    answer = await browser.post(f"/sessions/{live.session.id}/close", data={"outcome": outcome, "reason": "x"})
    assert answer.status in (409, 422)
    assert await states(sqlite, live) == (CaseState.OPEN, None, SessionState.LIVE)


async def test_a_signed_agreement_offers_only_that_outcome_and_is_the_next_step(
    live: Story, client_for: ClientFor, sqlite: Database, settings: Settings
) -> None:
    agreement = await offered(sqlite, live, settings)
    for guest in (live.mother, live.father):
        await sign(sqlite, guest, agreement)
    browser = await client_for(login=live.mediator)
    path = f"/sessions/{live.session.id}/close"
    assert f'href="{path}"' in await (await browser.get(f"/cases/{live.case.id}")).text()
    page = await (await browser.get(path)).text()
    assert 'value="agreed"' in page
    assert 'value="failed"' not in page
    shown = await (await browser.post(path, data={"outcome": "agreed"})).text()
    assert "达成协议" in shown
    assert f"调解协议 {agreement.number}" in shown
    assert await states(sqlite, live) == (CaseState.CLOSED, Outcome.AGREED, SessionState.ENDED)
    papers = re.findall(rf"/cases/{live.case.id}/documents/(\w+)", shown)
    assert len(papers) > 3
    for paper in papers:
        assert (await browser.get(f"/cases/{live.case.id}/documents/{paper}")).content_type == "application/pdf"
    async with sqlite.read() as db:
        taken = select(JournalEntry.subject).where(JournalEntry.action == "document_downloaded")
        assert list(await db.scalars(taken.order_by(JournalEntry.seq))) == papers


@pytest.mark.parametrize(("member", "status"), [("judge", 403), ("worker", 403), ("archivist", 403), ("stranger", 404)])
async def test_others_see_no_such_page(live: Story, client_for: ClientFor, member: str, status: int) -> None:
    browser = await client_for(login=getattr(live, member))
    path = f"/sessions/{live.session.id}/close"
    assert (await browser.get(path)).status == status
    assert (await browser.post(path, data={"outcome": "next_time"})).status == status
