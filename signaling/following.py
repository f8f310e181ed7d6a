"""Follow what happens elsewhere: a login or link that ended, a new protected pair, a session that changed or is over."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.db import Database, Touch
from mediation.errors import MediationError
from mediation.invitations.consents import has_consented
from mediation.live.seating import Live, load, own_participant
from mediation.sessions.models import SessionState
from signaling.broadcast import Broadcast
from signaling.drafts import Drafts
from signaling.identity import Credentials, Person
from signaling.placement import Placement
from signaling.presence import Connection, Roster

OVER = (SessionState.ENDED, SessionState.CANCELLED)
_RIGHTS = {"login", "staff", "way", "share"}
REVALIDATED_EVERY = 30.0  # seconds; also what keeps the login of somebody in a long session from being idle


class Following:
    """Ends connections whose right ended, and makes media and views follow the database."""

    def __init__(
        self, database: Database, roster: Roster, placement: Placement, broadcast: Broadcast, drafts: Drafts,
        actor_of: Callable[[AsyncSession, Credentials], Awaitable[Person]],
        end: Callable[[Connection, str], Awaitable[None]],
    ) -> None:  # fmt: skip
        """`actor_of` finds whose credentials these are now; `end` closes a connection with a reason for its browser."""
        self._database = database
        self._actor_of = actor_of
        self._roster = roster
        self._placement = placement
        self._broadcast = broadcast
        self._drafts = drafts
        self._end = end

    async def follow(self, touches: Collection[Touch]) -> None:
        """What was touched in one transaction."""
        topics = {topic for topic, _ in touches}
        if topics & _RIGHTS:
            await self.revalidate(self._roster.connections())
        touched = {ident for topic, ident in touches if topic == "session"}
        # Whom a pair concerns may sit in any session, and so may those who attend them.
        for session_id in self._roster.sessions() if "pair" in topics else touched:
            await self.revalidate(self._roster.connections(session_id))
            await self.refresh(session_id)
        for session_id in {ident for topic, ident in touches if topic == "agreement"}:
            await self._drafts.tell(self._roster.connections(session_id))

    async def refresh(self, session_id: str) -> None:
        """Make media and views follow the seats of a session that somebody is connected to."""
        if session_id in self._roster.sessions():
            await self._placement.match(session_id)
            self._broadcast.refresh(session_id)

    async def revalidate_again_and_again(self) -> None:
        """In case anything was missed, and for limits that pass without an event."""
        while True:
            await asyncio.sleep(REVALIDATED_EVERY)
            with contextlib.suppress(Exception):  # the database is away; the next look comes soon
                await self.revalidate(self._roster.connections())

    async def revalidate(self, connections: Collection[Connection]) -> None:
        """End the connections whose login, link, place in the session or session is no longer valid."""
        ending = await self._ending(connections)
        for session_id in {each.session_id for each, reason in ending if reason in OVER}:
            await self._placement.match(session_id)
            await self._broadcast.settled(session_id)
        await asyncio.gather(*(self._end(each, reason) for each, reason in ending))
        for session_id in {each.session_id for each, reason in ending if reason not in OVER}:
            await self.refresh(session_id)

    async def _ending(self, connections: Collection[Connection]) -> list[tuple[Connection, str]]:
        by_session = groupby(sorted(connections, key=lambda each: each.session_id), lambda each: each.session_id)
        ending = []
        for session_id, group in by_session:
            async with self._database.read() as db:
                live = await load(db, session_id)
                for each in group:
                    reason = await self._reason_to_end(db, live, each)
                    if reason:
                        ending.append((each, reason))
        return ending

    async def _reason_to_end(self, db: AsyncSession, live: Live, connection: Connection) -> str:
        try:
            actor = await self._actor_of(db, connection.credentials)
            valid = own_participant(live, actor) == connection.participant_id
            if isinstance(actor, ParticipantActor):  # consent may be taken back at any time (法释〔2021〕23号 art. 4)
                valid = valid and await has_consented(db, actor.participant_id)
        except MediationError:
            valid = False
        if not valid:
            return "no_longer_valid"
        return live.session.state.value if live.session.state in OVER else ""
