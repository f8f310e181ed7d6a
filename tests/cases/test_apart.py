"""Parties kept apart from the case's page, whichever organisation brought them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest_asyncio

from mediation.cases.apart import stop_keeping_apart
from mediation.cases.models import PartyRole
from mediation.cases.parties import PartyEntry, add_party
from mediation.cases.sharing import share, stop_sharing
from mediation.db import Database
from mediation.errors import MediationError
from mediation.live.separation import keep_apart
from mediation.people.queries import kept_apart_from
from tests.story import Story

On = tuple[Database, Story]
ClientFor = Callable[..., Awaitable[Any]]


@pytest_asyncio.fixture
async def brought(story_on: On) -> str:
    """A respondent whom an organisation that shares the case has brought; in its directory, not in the owner's."""
    database, story = story_on
    worker, case_id = story.worker.actor(), story.case.id
    await database.write(lambda db: share(db, worker, case_id, story.elsewhere.id))
    entry = PartyEntry(name="林大山", called="林大爷")
    party = await database.write(lambda db: add_party(db, story.stranger.actor(), case_id, PartyRole.RESPONDENT, entry))
    return party.person_id


async def code_of(database: Database, verb: Callable[..., Any]) -> str:
    """Why it is refused; nothing when it isn't."""
    try:
        await database.write(verb)
    except MediationError as refused:
        return refused.code
    return ""


async def apart(database: Database, one: str, other: str) -> bool:
    async with database.read() as db:
        return other in await kept_apart_from(db, one)


async def test_parties_of_two_directories_are_kept_apart_by_either_organisation(story_on: On, brought: str) -> None:
    database, story = story_on
    mother, case_id = story.mother.person.id, story.case.id
    for protecting, ending in ((story.worker, story.stranger), (story.stranger, story.mediator)):
        actor, other = protecting.actor(), ending.actor()
        await database.write(lambda db, actor=actor: keep_apart(db, actor, mother, brought, "怕他", case_id))
        assert await apart(database, mother, brought)
        assert await apart(database, brought, mother)
        await database.write(
            lambda db, other=other: stop_keeping_apart(db, other, case_id, brought, mother, "都同意了")
        )
        assert not await apart(database, mother, brought)


async def test_who_may_not(story_on: On, brought: str) -> None:
    database, story = story_on
    mother, outsider, case_id = story.mother.person.id, story.stranger.person.id, story.case.id
    worker = story.worker.actor()
    refusals = [
        (worker, mother, brought, None, "person_not_found"),  # not in the own directory, and no case says otherwise
        (worker, mother, outsider, case_id, "person_not_found"),
        (worker, mother, brought, "nothing", "case_not_found"),
        (worker, mother, mother, case_id, "same_person"),
        (story.judge.actor(), mother, brought, case_id, "not_allowed"),
    ]
    for actor, one, other, case, code in refusals:
        verb = lambda db, a=actor, o=one, t=other, c=case: keep_apart(db, a, o, t, "怕他", c)  # noqa: E731
        assert await code_of(database, verb) == code
    await database.write(lambda db: keep_apart(db, worker, mother, brought, "怕他", case_id))
    await database.write(lambda db: stop_sharing(db, worker, case_id, story.elsewhere.id))
    stranger = story.stranger.actor()
    end = lambda db: stop_keeping_apart(db, stranger, case_id, mother, brought, "不用了")  # noqa: E731
    assert await code_of(database, end) == "case_not_found"
    assert await apart(database, mother, brought)


async def test_the_page_keeps_two_apart_and_ends_it(story: Story, client_for: ClientFor, sqlite: Database) -> None:
    browser = await client_for(login=story.mediator)
    path, two = f"/cases/{story.case.id}", f"{story.mother.person.id} {story.father.person.id}"
    missing = await browser.post(f"{path}/protect", data={"two": two, "reason": " "})
    assert missing.status == 422
    assert "请填写" in await missing.text()
    answer = await browser.post(f"{path}/protect", data={"two": two, "reason": "她怕他"})
    text = await answer.text()
    assert "隔离保护：有。" in text
    assert "她怕他" in text
    assert await apart(sqlite, story.mother.person.id, story.father.person.id)
    judge = await client_for(login=story.judge)
    assert "她怕他" not in await (await judge.get(path)).text(), "the reason is for those who may protect"
    text = await (await browser.post(f"{path}/protect/end", data={"two": two, "reason": "都同意"})).text()
    assert "隔离保护：没有。" in text
    for wrong in ("", "x", f"{story.mother.person.id} nobody"):
        assert (await browser.post(f"{path}/protect", data={"two": wrong, "reason": "x"})).status == 404


async def test_the_person_page_leads_nowhere_for_somebody_of_another_directory(
    story: Story, client_for: ClientFor, sqlite: Database
) -> None:
    mother, worker, case_id = story.mother.person.id, story.worker.actor(), story.case.id
    await sqlite.write(lambda db: share(db, worker, case_id, story.elsewhere.id))
    entry = PartyEntry(name="林大山", called="林大爷")
    brought = await sqlite.write(lambda db: add_party(db, story.stranger.actor(), case_id, PartyRole.RESPONDENT, entry))
    await sqlite.write(lambda db: keep_apart(db, worker, mother, brought.person_id, "怕他", case_id))
    browser = await client_for(login=story.worker)
    text = await (await browser.get(f"/people/{mother}")).text()
    assert "林大山" in text
    assert "在案卷页面解除" in text
    assert brought.person_id not in text
