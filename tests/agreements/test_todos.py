"""The mediator's day page names what a party does not understand or want, and stops when it is settled."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.kinds import Answer
from mediation.agreements.queries import clauses_of
from mediation.agreements.reading import answer_clause
from mediation.agreements.todos import unsettled_clauses
from mediation.config import Settings
from mediation.db import Database
from tests.agreements.steps import drafted
from tests.story import Member, Story


async def titles(database: Database, member: Member) -> list[str]:
    """What waits for this member of staff."""
    async with database.read() as db:
        return [todo.title for todo in await unsettled_clauses(db, member.actor())]


async def test_an_unclear_clause_waits_for_the_mediator(story_on: tuple[Database, Story], settings: Settings) -> None:
    database, story = story_on
    agreement = await drafted(database, story, settings)

    async def say(answer: Answer) -> None:
        async def unit(db: AsyncSession) -> None:
            clause = (await clauses_of(db, agreement.id))[1]
            await answer_clause(db, story.mother.actor(), 2, clause.id, answer)

        await database.write(unit)

    assert await titles(database, story.mediator) == []
    await say(Answer.UNCLEAR)
    assert await titles(database, story.mediator) == ["王女士没看懂第 2 条"]
    assert await titles(database, story.worker) == []
    assert await titles(database, story.stranger) == []
    await say(Answer.AGREE)
    assert await titles(database, story.mediator) == []


async def test_it_stands_on_the_day_page(client_for: Any, sqlite: Database, story: Story, settings: Settings) -> None:
    agreement = await drafted(sqlite, story, settings)

    async def unit(db: AsyncSession) -> None:
        clause = (await clauses_of(db, agreement.id))[0]
        await answer_clause(db, story.father.actor(), 2, clause.id, Answer.DISAGREE)

    await sqlite.write(unit)
    page = await (await client_for(login=story.mediator)).get("/day")
    assert "林先生不同意第 1 条" in await page.text()
