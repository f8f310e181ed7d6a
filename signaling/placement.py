"""Make the media engine match the seats: cut first, commit, then open; serialised per session."""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.db import Database
from mediation.live.recording import settle_recording
from mediation.live.rules import LEFT, Seated, hear_lists
from mediation.live.seating import Live, load
from mediation.live.view import Media
from mediation.sessions.models import SessionState
from signaling.media.engine import EngineDown, MediaEngine
from signaling.presence import Roster
from signaling.recording import Recorders, to_be_recorded

TOLD_WITHIN = 1.0  # seconds that opening waits for the snapshots to be sent
Lists = dict[str, frozenset[str]]
log = logging.getLogger(__name__)


class Placement:
    """Knows, for every session, what the engine was last told and has confirmed."""

    def __init__(
        self, database: Database, engine: MediaEngine, roster: Roster, recorders: Recorders, grace: float
    ) -> None:
        self._database = database
        self._engine = engine
        self._roster = roster
        self._recorders = recorders
        self._grace = grace
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._confirmed: dict[str, Lists] = {}
        self._wanted: dict[str, Lists] = {}
        self._muted: dict[str, dict[str, frozenset[str]]] = {}
        self._epochs: dict[str, int] = defaultdict(int)
        # Told before anything is opened, so that nobody is heard by somebody whom their line does not name.
        self.before_opening: Callable[[str], Awaitable[None]] | None = None

    def media(self, session_id: str) -> Media:
        """Who may hear whom now. While a change is under way: the union of before and after."""
        lists = _union(self._confirmed.get(session_id, {}), self._wanted.get(session_id, {}))
        return Media(lists, self._epochs[session_id])

    def behind(self, live: Live) -> bool:
        """Whether media don't match these seats: of their change we were not told, or it could not be carried out in full."""
        session_id = live.session.id
        if self._locks[session_id].locked():
            return False  # a change is under way, which ends with the lists that are right
        wanted, confirmed = self._lists(live), self._confirmed.get(session_id)
        if confirmed is None:  # told anew when the engine is back; until then nobody's line may name too many
            return self._wanted.get(session_id, wanted) != wanted
        recorded = self._recorders.settled(session_id, to_be_recorded(live, wanted))
        return not (confirmed == self._wanted.get(session_id) == wanted and recorded)

    async def change(self, session_id: str, unit: Callable[[AsyncSession], Awaitable[object]]) -> object:
        """Run a verb that may move people: what it closes is cut before the commit, what it opens comes after."""
        async with self._locks[session_id]:

            async def cut_and_commit(db: AsyncSession) -> object:
                result = await unit(db)
                await db.flush()
                live = await load(db, session_id)
                lists = self._lists(live)
                await self._recorders.cut(session_id, to_be_recorded(live, lists))
                await self._mute(live, opening=False)
                await self._cut(session_id, lists)
                return result

            try:
                return await self._database.write(cut_and_commit)
            finally:
                # Also after a refusal: what was cut for a change that did not happen opens again.
                await self._match(session_id)

    async def match(self, session_id: str) -> None:
        """Reread the seats and make the engine match them."""
        async with self._locks[session_id]:
            await self._match(session_id)

    async def close(self, session_id: str) -> None:
        """The session is over: forget its media."""
        async with self._locks[session_id]:
            self._confirmed.pop(session_id, None)
            self._wanted.pop(session_id, None)
            self._muted.pop(session_id, None)
            await self._recorders.cut(session_id, {})
            with contextlib.suppress(EngineDown):  # a dead worker forwards nothing
                await self._engine.close_room(session_id)

    def engine_restarted(self, session_ids: Collection[str]) -> None:
        """Their new worker knows no lists: nothing is confirmed any more, and browsers offer anew."""
        self._recorders.engine_restarted(session_ids)
        for session_id in session_ids:
            self._epochs[session_id] += 1
            self._confirmed.pop(session_id, None)
            self._muted.pop(session_id, None)

    async def _match(self, session_id: str) -> None:
        async with self._database.read() as db:
            live = await load(db, session_id)
        wanted = self._lists(live)
        recorded = to_be_recorded(live, wanted)
        await self._recorders.cut(session_id, recorded)
        await self._cut(session_id, wanted)
        if live.recording is not None and live.recording.ended_at is None and not live.recorded:
            await self._database.write(lambda db: settle_recording(db, session_id))
        await self._mute(live, opening=True)
        settled = self._confirmed.get(session_id) == wanted and self._recorders.settled(session_id, recorded)
        if not settled and self.before_opening is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TOLD_WITHIN):
                    await self.before_opening(session_id)
        await self._listen(session_id, wanted)
        await self._recorders.open(session_id, recorded)

    async def _cut(self, session_id: str, wanted: Lists) -> None:
        self._wanted[session_id] = wanted
        confirmed = self._confirmed.get(session_id, {})
        kept = {receiver: sources & wanted.get(receiver, frozenset()) for receiver, sources in confirmed.items()}
        if kept != confirmed:
            await self._listen(session_id, kept)

    async def _listen(self, session_id: str, lists: Lists) -> None:
        if self._confirmed.get(session_id) == lists:
            return
        try:
            await self._engine.listen(session_id, lists)
            self._confirmed[session_id] = lists
        except EngineDown:
            # Nothing is forwarded while the worker is away; it comes back empty and is told everything anew.
            self._confirmed.pop(session_id, None)
            log.warning("the media engine is down; session %s is told when it is back", session_id)

    async def _mute(self, live: Live, *, opening: bool) -> None:
        """Close what these seats close and, if `opening`, open what was closed before."""
        session_id = live.session.id
        told = self._muted.setdefault(session_id, {})
        for ident, seat in live.seats.items():
            screen_closed = not seat.may_share_screen and ident != live.host_id
            kinds = frozenset({"audio"} if seat.muted else ()) | frozenset({"screen"} if screen_closed else ())
            if not opening:
                kinds |= told.get(ident, frozenset())
            if told.get(ident) != kinds:
                try:
                    await self._engine.mute(session_id, ident, kinds)
                    told[ident] = kinds
                except EngineDown:
                    return

    def _lists(self, live: Live) -> Lists:
        if live.session.state in (SessionState.ENDED, SessionState.CANCELLED):
            return {ident: frozenset() for ident in live.seats}
        seated = [seat for seat in live.seated() if self._may_listen(live, seat)]
        lists = hear_lists(
            seated, live.host_id, live.pairs, live.mode,
            host_present=self._host_present(live), paused=live.row.paused_at is not None,
        )  # fmt: skip
        return dict(lists)

    def _may_listen(self, live: Live, seat: Seated) -> bool:
        # A right is looked at only where there is a socket: without one media end as well, after a time to come back in.
        out = seat.room == LEFT or live.expected[seat.id][0].removed_at is not None
        return not out and not self._roster.away(live.session.id, seat.id)

    def _host_present(self, live: Live) -> bool:
        silence = self._roster.silence(live.session.id, live.host_id)
        return silence is not None and silence < self._grace and live.row.mediator_lost_at is None


def _union(one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]) -> Lists:
    return {ident: one.get(ident, frozenset()) | other.get(ident, frozenset()) for ident in {*one, *other}}
