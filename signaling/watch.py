"""Watch over the live sessions: notice who is silent, part everybody when the host is lost, let another lead who may,
set right what doesn't match the seats, close what is over."""

import asyncio
import logging
import time

from mediation.db import Database
from mediation.live import loss
from mediation.live.leading import able_to_lead, pass_on_lead
from mediation.live.rules import LEFT
from mediation.live.seating import Live, load
from mediation.live.view import Presence
from mediation.sessions.models import SessionState
from signaling.broadcast import Broadcast
from signaling.placement import Placement
from signaling.presence import FORGOTTEN, Roster

PAUSE = 0.5  # seconds between two looks
RESTART_GRACE = 20.0  # seconds the host has to come back after a restart of the server
log = logging.getLogger(__name__)


class Watch:
    """One task that looks at every session again and again."""

    def __init__(
        self, database: Database, roster: Roster, placement: Placement, broadcast: Broadcast, grace: float
    ) -> None:
        self._database = database
        self._roster = roster
        self._placement = placement
        self._broadcast = broadcast
        self._grace = grace
        self._told: dict[str, tuple[bool, dict[str, Presence]]] = {}
        self._hosts: dict[str, str] = {}

    async def run(self) -> None:
        """Look until cancelled. A look that comes late proves that we were busy, not that people were silent."""
        looked = time.monotonic()
        while True:
            await asyncio.sleep(PAUSE)
            late, looked = time.monotonic() - looked - PAUSE, time.monotonic()
            for session_id in self._roster.sessions() if late < 1 else ():
                try:
                    await self._look(session_id)
                except Exception:
                    log.exception("could not look after session %s", session_id)

    async def _look(self, session_id: str) -> None:
        async with self._database.read() as db:
            live = await load(db, session_id)
        if self._needs_no_watching(live):
            self._roster.forget(session_id)
            self._told.pop(session_id, None)
            self._hosts.pop(session_id, None)
            await self._placement.close(session_id)
            return
        if self._hosts.setdefault(session_id, live.host_id) != live.host_id:
            self._hosts[session_id] = live.host_id
            # Alone in a waiting room until now: the silence of media that were off there is no loss.
            self._roster.note_media(session_id, live.host_id, None)
        lost, behind = self._host_lost(session_id, live.host_id), self._placement.behind(live)
        looks = (lost, self._roster.presence(session_id, self._placement.media(session_id).lists))
        before, self._told[session_id] = self._told.get(session_id), looks
        if live.session.state is SessionState.LIVE and lost and live.row.mediator_lost_at is None:
            await self._part(session_id)
        elif before is None or before[0] != lost or behind:
            await self._placement.match(session_id)
        if lost and (successor := self._successor(live)):
            await self._pass_on_lead(live, successor)
        if looks != before or behind:
            self._broadcast.refresh(session_id)

    def _needs_no_watching(self, live: Live) -> bool:
        session_id, state = live.session.id, live.session.state
        if self._roster.connections(session_id):
            return False
        if state in (SessionState.ENDED, SessionState.CANCELLED):
            return True
        parted = state is SessionState.BOOKED or live.row.mediator_lost_at is not None
        return parted and self._roster.quiet(session_id) > FORGOTTEN

    def _host_lost(self, session_id: str, host_id: str) -> bool:
        silence = self._roster.silence(session_id, host_id)
        if silence is None:  # not seen since this process started
            return time.monotonic() - self._roster.opened(session_id) > RESTART_GRACE
        return max(silence, self._roster.media_silence(session_id, host_id)) > self._grace

    def _successor(self, live: Live) -> str | None:
        """The first who is here and may lead, besides the one who does; nobody once it is over."""
        if live.session.state not in (SessionState.BOOKED, SessionState.LIVE):
            return None
        for ident in able_to_lead(live):
            seat, silence = live.seats.get(ident), self._roster.silence(live.session.id, ident)
            seated = ident != live.host_id and seat is not None and seat.room != LEFT
            if seated and silence is not None and silence < self._grace:
                return ident
        return None

    async def _pass_on_lead(self, live: Live, ident: str) -> None:
        session_id, lost_id = live.session.id, live.host_id
        await self._placement.change(session_id, lambda db: pass_on_lead(db, session_id, lost_id, ident))

    async def _part(self, session_id: str) -> None:
        # The media first: parting must not wait for the database.
        await self._placement.match(session_id)
        await self._placement.change(session_id, lambda db: loss.lose_host(db, session_id))
        log.warning("host of session %s lost; everybody is in their own waiting room", session_id)
