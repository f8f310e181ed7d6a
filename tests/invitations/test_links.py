"""Links are given, redeemed, renewed, revoked; what is stored opens nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.errors import Expired, MediationError, NotFound
from mediation.invitations.entry import redeem, resolve_participant
from mediation.invitations.links import KEY, link_for, renew, revoke, token_of
from mediation.invitations.models import Invitation, Way
from mediation.notifications.models import Message, MessageKind
from mediation.sessions.kinds import SessionState
from mediation.sessions.models import MediationSession
from mediation.tokens import load_key, token_hash
from tests.story import Story

Told = tuple[Database, Story]
DAYS = 90


async def linked(database: Database, story: Story, settings: Settings) -> str:
    """A new link for the mother; gives its secret."""
    found = await database.write(lambda db: renew(db, story.mediator.actor(), story.mother.participant.id))
    link = link_for(load_key(settings.keys, KEY), settings.base_url, found)
    base, _, secret = link.partition("#")
    assert base == f"http://127.0.0.1:8080/i/{story.mother.invitation.id}"
    return secret


async def opened(database: Database, story: Story, secret: str) -> str:
    value, _ = await database.write(lambda db: redeem(db, story.mother.invitation.id, secret, DAYS))
    return value


async def who(database: Database, story: Story, cookie: str) -> str | None:
    async with database.read() as db:
        actor = await resolve_participant(db, story.mother.invitation.id, cookie)
    return actor.participant_id if actor else None


async def refused(database: Database, story: Story, secret: str) -> str:
    with pytest.raises(MediationError) as refusal:
        await opened(database, story, secret)
    assert isinstance(refusal.value, Expired | NotFound)
    return refusal.value.code


async def test_a_link_opens_as_many_browsers_as_its_owner_likes(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    secret = await linked(database, story, settings)
    first, second = [await opened(database, story, secret) for _ in range(2)]
    assert first != second
    assert await who(database, story, first) == await who(database, story, second) == story.mother.participant.id


async def test_the_database_holds_hashes_only(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    secret = await linked(database, story, settings)
    cookie = await opened(database, story, secret)
    async with database.read() as db:
        invitation = await db.get_one(Invitation, story.mother.invitation.id)
        way = (await db.scalars(select(Way))).one()
        message = (await db.scalars(select(Message))).one()
    assert (invitation.token_hash, way.token_hash) == (token_hash(secret), token_hash(cookie))
    written = str(vars(invitation)) + str(vars(way)) + str(vars(message))
    assert secret not in written
    assert cookie not in written
    assert message.kind is MessageKind.INVITATION
    assert "{{link}}" in message.text


async def test_a_renewed_link_ends_the_old_one_and_its_browsers(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    old = await linked(database, story, settings)
    cookie = await opened(database, story, old)
    async with database.read() as db:
        way = (await db.scalars(select(Way.id))).one()
    told: list[object] = []
    database.on_touched(told.extend)
    new = await linked(database, story, settings)
    assert ("way", way) in told
    assert await who(database, story, cookie) is None
    assert await refused(database, story, old) == "link_renewed"
    assert await who(database, story, await opened(database, story, new)) == story.mother.participant.id


async def test_a_revoked_link_opens_nothing_and_tells_the_live_session(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    secret = await linked(database, story, settings)
    cookie = await opened(database, story, secret)
    told: list[object] = []
    database.on_touched(told.extend)
    await database.write(lambda db: revoke(db, story.mediator.actor(), story.mother.participant.id))
    assert ("session", story.session.id) in told
    assert await who(database, story, cookie) is None
    assert await refused(database, story, secret) == "link_revoked"
    again = await linked(database, story, settings)
    assert await who(database, story, await opened(database, story, again)) == story.mother.participant.id


async def test_wrong_tokens_and_unknown_invitations_get_the_same_answer(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    key = load_key(settings.keys, KEY)
    await linked(database, story, settings)
    for secret in ("", "x" * 43, token_of(key, story.father.invitation.id, 1), token_of(key, "0" * 16, 1)):
        assert await refused(database, story, secret) == "link_unknown"
    with pytest.raises(NotFound, match="link_unknown"):
        await database.write(lambda db: redeem(db, "0" * 16, "x" * 43, DAYS))


async def test_the_link_opens_until_its_papers_days_are_over(story_on: Told, settings: Settings) -> None:
    database, story = story_on
    secret = await linked(database, story, settings)

    async def end(db: AsyncSession) -> None:
        session = await db.get_one(MediationSession, story.session.id)
        session.state, session.ended_at = SessionState.ENDED, now()

    await database.write(end)
    with clock.shifted(timedelta(days=DAYS - 1)):
        assert await opened(database, story, secret)
    with clock.shifted(timedelta(days=DAYS + 1)):
        assert await refused(database, story, secret) == "link_over"


async def test_staff_have_no_link_to_renew(story_on: Told) -> None:
    database, story = story_on
    seat = story.seats["mediator"]
    with pytest.raises(NotFound, match="invitation_not_found"):
        await database.write(lambda db: renew(db, story.mediator.actor(), seat.id))
