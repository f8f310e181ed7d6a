"""Somebody taken out of a session: out of their calendar, in neutral words, and their own page says so."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.errors import Expired, NotFound
from mediation.invitations.entry import redeem
from mediation.invitations.links import KEY, renew, token_of
from mediation.live.rooms import remove
from mediation.people.models import Person
from mediation.tokens import load_key
from tests.conftest import Client
from tests.invitations.test_announce import announce, calendar, mails_to
from tests.notifications.post import post_office
from tests.story import Story, tell

ClientFor = Callable[..., Awaitable[Client]]


async def taken_out(database: Database, story: Story, who: str) -> None:
    participant = story.seats["judge"] if who == "judge" else getattr(story, who).participant
    await database.write(lambda db: remove(db, story.mediator.actor(), story.session.id, participant.id))


@pytest.mark.parametrize("who", ["mother", "judge"])
async def test_whoever_is_taken_out_gets_a_cancel_once_and_nobody_else_hears(
    database: Database, settings: Settings, who: str
) -> None:
    story = await tell(database, now() + timedelta(hours=2))
    person: Person = getattr(story, who).person
    await announce(database, story)
    async with post_office() as office:
        (invited,) = await mails_to(database, settings, office, person)
        for _twice in range(2):
            await taken_out(database, story, who)
        _, cancel = await mails_to(database, settings, office, person)
        assert len(office.mails) == 5 + 1
    before, (event,) = calendar(invited).events[0], calendar(cancel).events
    assert str(calendar(cancel)["METHOD"]) == "CANCEL"
    assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", before["SEQUENCE"] + 1)
    assert [event[name] for name in ("UID", "ORGANIZER")] == [before[name] for name in ("UID", "ORGANIZER")]
    assert str(cancel["Subject"]).startswith("您不用来了：")


async def test_the_cancel_waits_for_safe_hours_and_takes_the_place_of_what_waits(
    sqlite: Database, settings: Settings
) -> None:
    story = await tell(sqlite, now() + timedelta(hours=20))
    local = now().astimezone(settings.zone)

    async def unit(db: AsyncSession) -> None:
        mother = await db.get_one(Person, story.mother.person.id)
        mother.safe_from, mother.safe_until = [(local + timedelta(hours=each)).time() for each in (3, 4)]

    await announce(sqlite, story)
    await sqlite.write(unit)
    async with post_office() as office:
        assert await mails_to(sqlite, settings, office, story.mother.person) == []
        await taken_out(sqlite, story, "mother")
        assert await mails_to(sqlite, settings, office, story.mother.person) == []
        with clock.shifted(timedelta(hours=3, seconds=5)):
            (mail,) = await mails_to(sqlite, settings, office, story.mother.person)
    assert str(calendar(mail)["METHOD"]) == "CANCEL"


async def test_the_page_of_the_link_says_that_they_are_not_invited_any_more(
    client_for: ClientFor, sqlite: Database, story: Story, settings: Settings
) -> None:
    guest = story.mother
    given = await sqlite.write(lambda db: renew(db, story.mediator.actor(), guest.participant.id))
    secret = token_of(load_key(settings.keys, KEY), given.id, given.version)
    opened, father = await client_for(way=guest), await client_for(way=story.father)
    url = f"/i/{guest.invitation.id}"
    assert "不再请您参加" not in await (await opened.get(url)).text()
    await taken_out(sqlite, story, "mother")
    assert "不再请您参加" in await (await opened.get(url)).text()
    assert "不再请您参加" not in await (await (await client_for()).get(url)).text(), "a scanner learns nothing"
    assert "不再请您参加" not in await (await father.get(f"/i/{story.father.invitation.id}")).text()
    with pytest.raises(Expired, match="not_invited_any_more"):
        await sqlite.write(lambda db: redeem(db, guest.invitation.id, secret, 90))
    with pytest.raises(NotFound, match="link_unknown"):
        await sqlite.write(lambda db: redeem(db, guest.invitation.id, "x" * 43, 90))
