"""What parties are written about an agreement: each alone, nothing of the other, neutrally where others may read it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.agreements.models import Agreement
from mediation.config import Settings
from mediation.db import Database
from mediation.notifications.models import Message, MessageKind
from mediation.notifications.outbox import LINK
from mediation.people.models import Person
from mediation.sessions.states import start
from tests.agreements.steps import offered, sign
from tests.live.hall import Hall
from tests.story import Guest, Story

StoryOn = tuple[Database, Story]


async def told(database: Database, guest: Guest) -> list[Message]:
    """The messages about papers to one person, oldest first."""
    found = select(Message).where(Message.kind == MessageKind.PAPERS, Message.person_id == guest.person.id)
    async with database.read() as db:
        return list(await db.scalars(found.order_by(Message.created_at, Message.id)))


async def test_both_are_told_when_it_is_ready_and_when_it_is_in_effect(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement: Agreement = await offered(database, story, settings)
    for guest in (story.mother, story.father):
        (ready,) = await told(database, guest)
        assert ready.subject == "协议写好了，请您看看"
        assert LINK in ready.text
        assert ready.participant_id == guest.participant.id
    await sign(database, story.mother, agreement)
    assert len(await told(database, story.father)) == 1, "a signature is nothing to write to the other about"
    await sign(database, story.father, agreement)
    for guest, other in ((story.mother, story.father), (story.father, story.mother)):
        _, effective = await told(database, guest)
        assert effective.subject == "协议生效了"
        for hidden in (other.person.name, other.person.called, story.case.number, agreement.number):
            assert hidden not in effective.text


async def test_neutral_wording_says_nothing_of_an_agreement(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on

    async def unit(db: AsyncSession) -> None:
        (await db.get_one(Person, story.mother.person.id)).neutral_wording = True

    await database.write(unit)
    await offered(database, story, settings)
    (message,) = await told(database, story.mother)
    assert message.neutral
    for word in ("协议", "调解", "签", story.mother.person.called):
        assert word not in message.subject + message.text + message.short_text


async def test_who_sits_in_the_session_sees_it_there(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    hall = Hall(database, story)
    await hall.consent("mother", "father")
    await hall.come("mediator", "mother")
    await hall.do(start, "mediator")
    await offered(database, story, settings)
    assert await told(database, story.mother) == []
    assert len(await told(database, story.father)) == 1
