"""Look at everybody's media every few seconds: kept for the live page, written to the connection log, counted for metrics."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mediation.clock import now
from mediation.db import Database
from mediation.live import connections
from mediation.live.quality import LAYERS, Sample, kept
from mediation.measures import Measures
from signaling.media.engine import EngineDown, MediaEngine, PeerStats
from signaling.presence import Connection, Roster

EVERY = 5.0  # seconds
SHOWN = 60  # samples; the last five minutes
TOGETHER = 6  # samples that make one row of the log; half a minute
log = logging.getLogger(__name__)


@dataclass
class _History:
    """What was seen of one participant. `row`: the samples of the row of the log that still grows."""

    samples: deque[Sample] = field(default_factory=lambda: deque(maxlen=SHOWN))
    row: list[Sample] = field(default_factory=list)
    unwritten: bool = False
    missing_since: datetime | None = None
    before: PeerStats = field(default_factory=lambda: PeerStats(connected=False))
    looked_at: float = 0.0


class Sampling:
    """One task that asks the engine, one session after the other; a busy engine is asked again later."""

    def __init__(self, database: Database, roster: Roster, engine: MediaEngine, measures: Measures) -> None:
        self._database = database
        self._roster = roster
        self._engine = engine
        self._measures = measures
        self._sessions: dict[str, dict[str, _History]] = {}

    def samples(self, session_id: str) -> Mapping[str, Sequence[Sample]]:
        """Participant id → the last minutes, oldest first."""
        return {ident: tuple(each.samples) for ident, each in self._sessions.get(session_id, {}).items()}

    def missing_since(self, session_id: str, participant_id: str) -> datetime | None:
        """Since when neither sound nor picture comes from somebody whose page is connected."""
        history = self._sessions.get(session_id, {}).get(participant_id)
        return history.missing_since if history else None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self._look()
            except Exception:
                log.exception("connections could not be measured")

    async def _look(self) -> None:
        for session_id in self._roster.sessions():
            with contextlib.suppress(EngineDown):
                stats = await self._engine.stats(session_id)
                for connection in self._roster.connections(session_id):
                    self._take(connection, stats.get(connection.participant_id) or PeerStats(connected=False))
        await self._write()
        self._forget_the_absent()

    def _forget_the_absent(self) -> None:
        """From somebody without a connection nothing is missing; it is counted anew when they are back."""
        for gone in self._sessions.keys() - set(self._roster.sessions()):
            del self._sessions[gone]
        for session_id, histories in self._sessions.items():
            here = {each.participant_id for each in self._roster.connections(session_id)}
            for ident in histories.keys() - here:
                histories[ident].missing_since, histories[ident].row = None, []

    def _take(self, connection: Connection, stats: PeerStats) -> None:
        histories = self._sessions.setdefault(connection.session_id, {})
        history = histories.setdefault(connection.participant_id, _History())
        moment, clock = now(), time.monotonic()
        sent, received = _since(stats, history.before)
        self._count(sent, received, stats.loss)
        seconds = max(clock - history.looked_at, 1.0) if history.looked_at else EVERY
        sample = _sample(moment, stats, received[1] / seconds, sent[1] / seconds)
        history.looked_at = clock
        if stats.packets_in or stats.packets_out:  # not when figures fail once, or all would be counted again
            history.before = stats
        history.samples.append(sample)
        history.row.append(sample)
        history.unwritten = True
        comes = received[0] > 0 or (stats.last_media is not None and stats.last_media < EVERY)
        history.missing_since = None if comes else history.missing_since or moment

    def _count(self, sent: tuple[int, int], received: tuple[int, int], loss: float | None) -> None:
        for direction, (packets, octets) in (("out", sent), ("in", received)):
            self._measures.media_packets.labels(self._engine.name, direction).inc(packets)
            self._measures.media_bytes.labels(self._engine.name, direction).inc(octets)
        self._measures.media_lost.labels(self._engine.name).inc(sent[0] * (loss or 0.0))

    async def _write(self) -> None:
        """Write what this look has seen, so that nothing waits for a half minute to be full; what could not be written
        goes with the next look."""
        seen = [
            (ident, history)
            for histories in self._sessions.values()
            for ident, history in histories.items()
            if history.unwritten
        ]
        if not seen:
            return
        rows = [kept(ident, history.row) for ident, history in seen]
        await self._database.write(lambda db: connections.sampled(db, rows))
        for _ident, history in seen:
            history.unwritten = False
            if len(history.row) >= TOGETHER:
                history.row = []


def _since(stats: PeerStats, before: PeerStats) -> tuple[tuple[int, int], tuple[int, int]]:
    """Packets and bytes sent to and received from the peer since the last look; a new connection counts from 0."""
    if not (stats.packets_in or stats.packets_out):
        return (0, 0), (0, 0)
    if stats.packets_in < before.packets_in or stats.packets_out < before.packets_out:
        before = PeerStats(connected=False)
    sent = stats.packets_out - before.packets_out, stats.bytes_out - before.bytes_out
    return sent, (stats.packets_in - before.packets_in, stats.bytes_in - before.bytes_in)


def _sample(moment: datetime, stats: PeerStats, bytes_in: float, bytes_out: float) -> Sample:
    """`bytes_in` and `bytes_out` per second."""
    return Sample(
        at=moment,
        connected=stats.connected,
        round_trip=None if stats.rtt is None else stats.rtt * 1000,
        loss=stats.loss,
        rate_in=bytes_in * 8 / 1000,
        rate_out=bytes_out * 8 / 1000,
        layer=min((each for each in stats.layers.values() if each in LAYERS), key=LAYERS.index, default=None),
    )
