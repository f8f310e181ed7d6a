"""Who is there and who was lost, as the attendance has it: written down once it is sure, not at every reload."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from weakref import WeakValueDictionary

from mediation.clock import now
from mediation.db import Database
from mediation.live import entering
from signaling.presence import Connection, Roster
from signaling.until_written import until_written
from signaling.watch import RESTART_GRACE

A_RELOAD = 5.0  # seconds; who is back by then was not gone
log = logging.getLogger(__name__)


class Stays:
    """Ends the stays of those who are gone, after giving them time to come back."""

    def __init__(self, database: Database, roster: Roster) -> None:
        self._database = database
        self._roster = roster
        self._doors: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def door(self, session_id: str) -> AbstractAsyncContextManager[None]:
        """Coming into one session and being lost from it happen one after the other, or attendance would be wrong."""
        return self._doors.setdefault(session_id, asyncio.Lock())

    async def lost(self, connection: Connection, at: datetime) -> None:
        """A connection ended at `at`: so did the stay, unless the person is back soon."""
        await asyncio.sleep(A_RELOAD)
        await until_written(
            "the end of a stay", lambda: self._end(connection.session_id, connection.participant_id, at)
        )

    async def end_those_of_before(self) -> None:
        """Who was there when the server died, and doesn't come back soon after its start, is lost since they were last seen."""
        started = now()
        async with self._database.read() as db:
            stays = await entering.unended(db)
        await asyncio.sleep(RESTART_GRACE)
        for session_id, participant_id, last in stays:
            try:
                await self._end(session_id, participant_id, last or started)
            except Exception:
                log.exception("could not end a stay in session %s", session_id)

    async def _end(self, session_id: str, participant_id: str, at: datetime) -> None:
        async with self.door(session_id):
            if self._roster.of(session_id, participant_id) is None:
                await self._database.write(lambda db: entering.lost(db, session_id, participant_id, at))
