"""The connection log is written here: from what the sockets say, from silence, and from what the media engine hears."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.db import Database
from mediation.live import connections
from mediation.live.kinds import Ending
from signaling.presence import SILENT, Connection, Roster
from signaling.until_written import until_written

PAUSE = 1.0  # seconds between two looks
SEEN_EVERY = 5.0  # seconds; so exactly is it known when a server died
UNHEARD = 2.5  # seconds; a page beats each second, so who connects anew after this had lost the line
_OVER = {"ended": Ending.SESSION_OVER, "cancelled": Ending.SESSION_OVER}
log = logging.getLogger(__name__)


class ConnectionLog:
    """One task that notices silence; the server tells it who comes and goes."""

    def __init__(
        self, database: Database, roster: Roster, door: Callable[[str], AbstractAsyncContextManager[None]],
        lists: Callable[[str], Mapping[str, Collection[str]]],
    ) -> None:  # fmt: skip
        """`door` lets changes of one session happen one after the other; `lists` tells who is listed for whom in one."""
        self._database = database
        self._roster = roster
        self._door = door
        self._lists = lists
        self._ended: dict[str, tuple[Ending, datetime]] = {}  # by participant; known, and not yet written
        self._stopped = False

    async def run(self) -> None:
        """Look until cancelled. A look that comes late proves that we were busy, not that people were silent."""
        looked, seen = time.monotonic(), 0.0
        while not self._stopped:
            await asyncio.sleep(PAUSE)
            late, looked = time.monotonic() - looked - PAUSE, time.monotonic()
            for connection in self._roster.connections() if late < 1 else ():
                await self._written(self._look(connection))
            if looked - seen > SEEN_EVERY:
                seen = looked
                await self._written(self._seen())

    async def _written(self, step: Awaitable[None]) -> None:
        try:
            await step
        except Exception:  # looked at again in a moment
            log.exception("the connection log could not be written")

    async def came(self, db: AsyncSession, session_id: str, participant_id: str, again: bool) -> str:
        """Write down, in the transaction that seats them, that they are connected; gives the span's id.

        `again`: the page had a socket before. It closes one that brings no answers, which looks like a closed page.
        """
        if again:
            await connections.was_no_closed_page(db, participant_id)
        before = self._roster.of(session_id, participant_id)
        if before is None:
            why, at = self._ended.get(participant_id, (Ending.BROKEN_OFF, None))
            return await connections.began(db, session_id, participant_id, why, at)
        unheard = time.monotonic() - before.heard_at
        if again or unheard > UNHEARD:  # the same person over another network, before the old socket was missed
            return await connections.began(db, session_id, participant_id, Ending.NETWORK_SILENT, _ago(unheard))
        return await connections.began(db, session_id, participant_id, Ending.SECOND_TAB)

    async def lost(self, connection: Connection, why: Ending, at: datetime) -> None:
        """A connection that held the seat ended at `at`; by silence when it was last heard."""
        if why is Ending.NETWORK_SILENT:
            at = _ago(time.monotonic() - connection.heard_at)
        # Who is back before this is written must find when they were lost.
        known = self._ended[connection.participant_id] = (why, at)

        async def write() -> None:
            async with self._door(connection.session_id):
                await self._end(connection, why, at)

        try:
            await until_written("the end of a connection", write)
        finally:
            if self._ended.get(connection.participant_id) is known:
                del self._ended[connection.participant_id]

    async def end_those_of_before(self) -> None:
        """At the start: what was open when the server died ended when it was last seen."""
        await self._database.write(connections.server_restarted)

    async def stop(self) -> None:
        """The server is being stopped: whoever is still connected was until now."""
        await self._seen()
        self._stopped = True
        await self._database.write(connections.server_restarted)

    async def given_up(self, connection: Connection) -> None:
        """The engine gave up a media path; if its silence was written down, the reason is now known better."""
        async with self._door(connection.session_id):
            if connection.trouble is Ending.MEDIA_SILENT:
                await self._database.write(lambda db: connections.given_up(db, connection.span))

    async def _look(self, connection: Connection) -> None:
        why, silence = self._trouble(connection)
        if (why is None) == (connection.trouble is None):
            return
        async with self._door(connection.session_id):
            if self._roster.get(connection.sid) is not connection:
                return
            if why is not None:
                await self._end(connection, why, _ago(silence))
            else:
                session_id, participant_id = connection.session_id, connection.participant_id
                connection.span = await self._database.write(
                    lambda db: connections.began(db, session_id, participant_id, Ending.NETWORK_SILENT)
                )
            connection.trouble = why  # only now: what could not be written is seen again

    async def _end(self, connection: Connection, why: Ending, at: datetime) -> None:
        await self._database.write(lambda db: connections.lost(db, connection.span, why, at))

    def _trouble(self, connection: Connection) -> tuple[Ending | None, float]:
        moment = time.monotonic()
        if (unheard := moment - connection.heard_at) > SILENT:
            return Ending.NETWORK_SILENT, unheard
        session_id, participant_id = connection.session_id, connection.participant_id
        together = bool(self._lists(session_id).get(participant_id))
        # Media have the same time to follow a new socket.
        silence = min(self._roster.missed(session_id, participant_id, together), moment - connection.began)
        if silence > SILENT:
            return Ending.MEDIA_SILENT, silence
        return None, 0.0

    async def _seen(self) -> None:
        spans = [each.span for each in self._roster.connections() if each.span and each.trouble is None]
        if spans:
            await self._database.write(lambda db: connections.seen(db, spans))


def why_disconnected(reason: str, goodbye: bool) -> Ending:
    """What a socket's end means: `reason` of Engine.IO, `goodbye` whether the browser closed it properly (RFC 6455)."""
    if reason == "ping timeout":
        return Ending.NETWORK_SILENT
    if reason == "server disconnect":
        return Ending.ENDED_HERE
    return Ending.PAGE_CLOSED if goodbye or reason == "client disconnect" else Ending.BROKEN_OFF


def why_dropped(reason: str) -> Ending:
    """What the `reason` means that a browser is told when the server ends its connection."""
    return _OVER.get(reason, Ending.RIGHT_ENDED)


def _ago(seconds: float) -> datetime:
    return now() - timedelta(seconds=seconds)
