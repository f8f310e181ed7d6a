"""What one peer sent and was sent, as all engines tell it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping

from signaling.media.engine import PeerStats, TrackStats
from signaling.media.janus.connections import Connections
from signaling.media.janus.publisher import Publisher
from signaling.media.janus.reading import LineFigures, read_lines
from signaling.media.janus.routes import Routes
from signaling.media.janus.subscriber import Subscriber
from signaling.media.janus.wire import Refused

Lines = Mapping[str, LineFigures]


class RoomFigures:
    """Of everybody in a room."""

    def __init__(self, connections: Connections, routes: Routes) -> None:
        self._connections, self._routes = connections, routes
        self._kept: dict[str, Figures] = {}

    async def read(self) -> dict[str, PeerStats]:
        """The figures now, by participant."""
        publishers, subscribers = dict(self._connections.publishers), dict(self._connections.subscribers)
        self._kept = {name: self._kept.get(name) or Figures() for name in publishers}
        reading = (
            self._kept[name].read(publisher, subscribers.get(name), self._routes.cameras(name))
            for name, publisher in publishers.items()
        )
        return dict(zip(publishers, await asyncio.gather(*reading), strict=True))


class Figures:
    """Of one peer. Janus tells no ages, so they are those of the last growth that was seen here; likewise `loss` is that
    since the figures were last read."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}
        self._losses = Losses()

    async def read(self, publisher: Publisher, subscriber: Subscriber | None, cameras: Collection[str]) -> PeerStats:
        """The figures now; `cameras` are the listed sources that have one."""
        sent, got = await _lines(publisher), await _lines(subscriber)
        now = time.monotonic()
        tracks = {
            kind: self._track(publisher.id, mid, sent[mid], now) for kind, mid in publisher.kinds.items() if mid in sent
        }
        ages = [track.age for track in tracks.values() if track.age is not None]
        out, lost = sum(line.packets_out for line in got.values()), sum(line.lost for line in got.values())
        trips = [line.trip for lines in (sent, got) for line in lines.values() if line.trip]
        return PeerStats(
            connected=publisher.up and (subscriber is None or subscriber.up),
            packets_in=sum(line.packets_in for line in sent.values()),
            bytes_in=sum(line.bytes_in for line in sent.values()),
            packets_out=out,
            bytes_out=sum(line.bytes_out for line in got.values()),
            last_media=min(ages, default=None),
            rtt=min(trips) / 1000 if trips else None,
            loss=self._losses.since(subscriber.number if subscriber else "", out, lost),
            rate=subscriber.network.rate if subscriber else None,
            tracks=tracks,
            layers={source: subscriber.layer(source, got) if subscriber else "off" for source in sorted(cameras)},
        )

    def _track(self, feed: str, mid: str, line: LineFigures, now: float) -> TrackStats:
        before, at = self._seen.get(f"{feed} {mid}", (0, now))
        if line.packets_in != before:
            at = now
        self._seen[f"{feed} {mid}"] = line.packets_in, at
        return TrackStats(line.packets_in, line.bytes_in, now - at if line.packets_in else None)


class Losses:
    """What was lost lately of what one connection was sent: since it was last asked."""

    def __init__(self) -> None:
        self._before: tuple[str, int, int] = ("", 0, 0)

    def since(self, connection: str, packets: int, lost: int) -> float | None:
        """The share of it, from the counts of the connection; None before anything was sent."""
        former, packets_before, lost_before = self._before
        self._before = connection, packets, lost
        if former != connection:
            packets_before = lost_before = 0
        if not packets:
            return None
        return min(max(lost - lost_before, 0) / max(packets - packets_before, 1), 1.0)


async def _lines(end: Publisher | Subscriber | None) -> Lines:
    if end is None:
        return {}
    try:
        return read_lines(await end.handle.info())
    except Refused:
        return {}
