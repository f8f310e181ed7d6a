"""What each line of a room carries: what the lists allow, tiles show and networks carry, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from signaling.media.janus.connections import Connections
from signaling.media.janus.publisher import Feed
from signaling.media.janus.subscriber import Subscriber, Wanted
from signaling.media.janus.wire import Refused

log = logging.getLogger(__name__)


class Routes:
    """`lists` has who receives whom; who isn't a key receives nobody."""

    def __init__(self, connections: Connections) -> None:
        self.lists: dict[str, frozenset[str]] = {}
        self._connections = connections

    def wanted(self, peer: str) -> list[Wanted]:
        """What the peer is to have a line for: voice and camera of everybody listed, and a screen while it is shared."""
        publishers = self._connections.publishers
        sources = sorted(self.lists.get(peer, ()))
        sharing = [name for name in sources if name in publishers and "screen" in publishers[name].kinds]
        wanted = [(source, kind) for kind in ("audio", "video") for source in sources]
        return wanted + [(source, "screen") for source in sharing]

    def cameras(self, peer: str) -> set[str]:
        """The listed sources that send a camera."""
        return {name for name in self.lists.get(peer, ()) if self._feed(peer, (name, "video"))}

    def taken(self) -> dict[str, int]:
        """The place of the highest layer that anybody takes of each camera that comes in several."""
        publishers = self._connections.publishers
        taken = {name: 0 for name, one in publishers.items() if one.up and one.layered and "video" in one.kinds}
        for subscriber in self._connections.subscribers.values():
            for source, place in subscriber.taken().items():
                if source in taken:
                    taken[source] = max(taken[source], place)
        return taken

    async def apply(self) -> None:
        """Make every line carry what it may now. When this returns nothing that was cut is sent any more."""
        people = list(self._connections.subscribers.values())
        cut = await asyncio.gather(*(self._routed(subscriber) for subscriber in people))
        await self.drained([subscriber for subscriber, was in zip(people, cut, strict=True) if was])

    async def drained(self, subscribers: Collection[Subscriber]) -> None:
        """Wait until nothing is sent to them any more that was on its way."""
        await asyncio.gather(*(subscriber.handle.drained() for subscriber in subscribers))

    async def _routed(self, subscriber: Subscriber) -> bool:
        """Whether anything was cut."""
        try:
            return await subscriber.route(lambda wanted: self._feed(subscriber.name, wanted))
        except Refused as refused:
            # Janus has ended this connection, or takes it for another than we do. Without it nothing reaches the
            # browser, which makes another; nobody else is concerned.
            log.warning("a receiving connection is given up, for Janus refused to change it: %s", refused)
            await self._connections.end(subscriber)
            return False

    def _feed(self, peer: str, wanted: Wanted) -> Feed | None:
        source = self._connections.publishers.get(wanted[0]) if wanted[0] in self.lists.get(peer, ()) else None
        return source.feed(wanted[1]) if source else None
