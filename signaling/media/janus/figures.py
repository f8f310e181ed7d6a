"""What one peer sent and was sent, from Janus' Admin API."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from signaling.media.engine import PeerStats, TrackStats
from signaling.media.janus.publisher import Publisher
from signaling.media.janus.subscriber import Subscriber
from signaling.media.janus.wire import Message, Refused


class Figures:
    """Of one peer. Janus tells no ages, so they are those of the last growth that was seen here."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, float]] = {}

    async def read(self, publisher: Publisher, subscriber: Subscriber | None) -> PeerStats:
        """The figures now."""
        sent = await _media(publisher)
        got = await _media(subscriber)
        now = time.monotonic()
        tracks = {
            kind: self._track(publisher.id, mid, sent, now) for kind, mid in publisher.kinds.items() if mid in sent
        }
        ages = [track.age for track in tracks.values() if track.age is not None]
        out, lost = _sum(got, "stats", "out", "packets"), _sum(got, "rtcp", "main", "lost-by-remote")
        trips = [trip for media in (sent, got) for trip in _values(media, "rtcp", "main", "rtt") if trip]
        return PeerStats(
            connected=publisher.up and (subscriber is None or subscriber.up),
            packets_in=_sum(sent, "stats", "in", "packets"),
            bytes_in=_sum(sent, "stats", "in", "bytes"),
            packets_out=out,
            bytes_out=_sum(got, "stats", "out", "bytes"),
            last_media=min(ages, default=None),
            rtt=min(trips) / 1000 if trips else None,
            loss=min(lost / out, 1.0) if out else None,
            tracks=tracks,
        )

    def _track(self, feed: str, mid: str, media: Message, now: float) -> TrackStats:
        told = media[mid]["stats"]["in"]
        packets = told["packets"]
        before, at = self._seen.get(f"{feed} {mid}", (0, now))
        if packets != before:
            at = now
        self._seen[f"{feed} {mid}"] = packets, at
        return TrackStats(packets, told["bytes"], now - at if packets else None)


async def _media(end: Publisher | Subscriber | None) -> Message:
    """The lines of a connection by mid."""
    if end is None:
        return {}
    try:
        media: Message = (await end.handle.info()).get("webrtc", {}).get("media", {})
    except Refused:
        return {}
    return media


def _values(media: Message, *path: str) -> Iterable[int]:
    for line in media.values():
        value: Any = line
        for step in path:
            value = value.get(step, {}) if isinstance(value, dict) else {}
        if isinstance(value, int):
            yield value


def _sum(media: Message, *path: str) -> int:
    return sum(_values(media, *path))
