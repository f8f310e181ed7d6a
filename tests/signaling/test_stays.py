"""The attendance after a restart: who comes back was there all the time, who doesn't was lost when last seen."""

import asyncio

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.app import create_app
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.live.models import Attendance, ConnectionSpan
from signaling import stays
from tests.live.hall import Hall
from tests.signaling.hub import Hub
from tests.story import Story


async def stays_of(hall: Hall, name: str) -> list[Attendance]:
    """Somebody's stays in order."""
    found = select(Attendance).where(Attendance.participant_id == hall.ids[name]).order_by(Attendance.came_at)
    async with hall.database.read() as db:
        return list(await db.scalars(found))


async def test_who_does_not_come_back_after_a_restart_was_lost_when_they_were_last_seen(
    settings: Settings, sqlite: Database, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stays, "RESTART_GRACE", 5)
    hall = Hall(sqlite, story)
    await hall.consent("mother", "father")
    await hall.come("mediator", "mother", "father")  # as the process before had written down
    seen = now()
    span = ConnectionSpan(session_id=hall.session, participant_id=hall.ids["father"], began_at=seen, seen_at=seen)

    async def connected(db: AsyncSession) -> None:
        db.add(span)

    await sqlite.write(connected)
    server = TestServer(create_app(settings, database=sqlite))
    await server.start_server()
    hub = Hub(server, hall, settings)
    try:
        await hub.come("mediator", "mother")
        for _ in range(100):
            if (await stays_of(hall, "father"))[0].left_at is not None:
                break
            await asyncio.sleep(0.2)
        (father,) = await stays_of(hall, "father")
        assert father.left_at == seen
        assert [stay.left_at for name in ("mediator", "mother") for stay in await stays_of(hall, name)] == [None, None]
        assert (await hall.journal()).count("connection_lost") == 1
        await hub.come("father")
        assert [stay.left_at is None for stay in await stays_of(hall, "father")] == [False, True]
    finally:
        for tab in hub.tabs:
            await tab.close()
        await server.close()
