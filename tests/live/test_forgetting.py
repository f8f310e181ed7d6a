"""What was noted of identity documents is erased when its time is over; that a check was made stays."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.db import Database
from mediation.live.identity import forget_old_numbers
from mediation.sessions.models import IdentityCheck
from tests.story import Story


async def test_only_old_numbers_are_erased(story_on: tuple[Database, Story]) -> None:
    database, story = story_on
    days_ago = {story.mother.participant.id: 400, story.father.participant.id: 10}

    async def note(db: AsyncSession) -> None:
        for participant_id, days in days_ago.items():
            db.add(
                IdentityCheck(
                    participant_id=participant_id, document="identity_card", number_masked="****204X",
                    confirmed_by_staff_id=story.mediator.staff.id, confirmed_at=now() - timedelta(days=days),
                )
            )  # fmt: skip

    await database.write(note)
    before = now() - timedelta(days=365)
    assert await database.write(lambda db: forget_old_numbers(db, before)) == 1
    assert await database.write(lambda db: forget_old_numbers(db, before)) == 0
    async with database.read() as db:
        kept = {check.participant_id: check.number_masked for check in await db.scalars(select(IdentityCheck))}
    assert kept == {story.mother.participant.id: "", story.father.participant.id: "****204X"}
