"""Five hundred bookings of one slot at once, over HTTP: one succeeds, 499 hear that it is taken, nothing else happens."""

import asyncio
import time
from collections import Counter
from datetime import datetime, timedelta

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from mediation.sessions.models import MediationSession, Participant, TimeClaim
from tests.story import Story

ROUNDS = 5
ATTEMPTS = 500


@pytest.mark.timeout(300)
async def test_five_hundred_want_one_slot(settings: Settings, story_on: tuple[Database, Story]) -> None:
    database, story = story_on
    cookie = await story.log_in(database, story.mediator)
    async with TestServer(create_app(settings, database=database, with_calls=False)) as server:
        url = server.make_url(f"/cases/{story.case.id}/sessions/new")
        headers = {"Origin": str(url.origin()), "Accept": "application/json"}
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, cookies={"login": cookie}, headers=headers) as browser:
            for number in range(1, ROUNDS + 1):
                form = _form(story, story.session.starts_at + timedelta(days=number))
                began = time.perf_counter()
                answers = Counter(await asyncio.gather(*(_try(browser, str(url), form) for _ in range(ATTEMPTS))))
                print(f"{database.engine.dialect.name} round {number}: {time.perf_counter() - began:.2f} s {answers}")
                assert answers == {(303, ""): 1, (409, "slot_taken"): ATTEMPTS - 1}
    async with database.read() as db:
        counted = [
            await db.scalar(select(func.count()).select_from(t)) for t in (MediationSession, Participant, TimeClaim)
        ]
    assert counted == [1 + ROUNDS, 5 + 3 * ROUNDS, 20 + 3 * 4 * ROUNDS]


def _form(story: Story, starts_at: datetime) -> dict[str, str]:
    return {
        "slot": starts_at.isoformat(),
        "minutes": "60",
        f"expect.applicant.{story.mother.person.id}": "required",
        f"expect.respondent.{story.father.person.id}": "required",
        f"expect.mediator.{story.mediator.person.id}": "optional",
    }


async def _try(browser: aiohttp.ClientSession, url: str, form: dict[str, str]) -> tuple[int, str]:
    async with browser.post(url, data=form, allow_redirects=False) as answer:
        return answer.status, "" if answer.status == 303 else (await answer.json())["error"]["code"]
