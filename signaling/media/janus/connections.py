"""Who sends and who receives in one room: the connections of its people with Janus."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from signaling.media.janus.publisher import Feed, Publisher
from signaling.media.janus.server import JanusServer
from signaling.media.janus.subscriber import Subscriber, Wanted
from signaling.media.janus.wire import Message, Refused


class Connections:
    """By participant. `join` names the room to Janus, `dummies` feed the lines that nobody feeds."""

    def __init__(self, server: JanusServer, join: Message) -> None:
        self.publishers: dict[str, Publisher] = {}
        self.subscribers: dict[str, Subscriber] = {}
        self.dummies: dict[str, Feed] = {}
        self._server, self._join = server, join

    async def send(self, peer: str, session: str, on_event: Callable[[Publisher, Message], None]) -> Publisher:
        """A new connection to send on; it is the peer's once it is put into `publishers`. Raises Refused."""
        publisher = Publisher(peer, session, await self._server.attach())
        publisher.handle.on_event = lambda message: on_event(publisher, message)
        try:
            await publisher.handle.ask("join", {**self._join, "ptype": "publisher", "id": publisher.id})
        except Refused:
            await self.end(publisher)
            raise
        return publisher

    async def receive(
        self,
        peer: str,
        wanted: Collection[Wanted],
        sides: Mapping[str, int],
        on_event: Callable[[Subscriber, Message], None],
    ) -> Subscriber:
        """The peer's new connection to receive on, with a line for each of these. Raises Refused."""
        subscriber = Subscriber(peer, await self._server.attach(), self.dummies, sides)
        subscriber.handle.on_event = lambda message: on_event(subscriber, message)
        try:
            await subscriber.open(subscriber.assign(wanted), self._join)
        except Refused:
            await self.end(subscriber)
            raise
        self.subscribers[peer] = subscriber
        return subscriber

    def lose(self, publisher: Publisher) -> None:
        """This connection has ended: Janus has taken its feed from all lines."""
        self.publishers.pop(publisher.name, None)
        for subscriber in self.subscribers.values():
            subscriber.lost(publisher.id)

    async def end(self, end: Publisher | Subscriber) -> None:
        """End a connection: nothing comes or goes on it any more."""
        if self.subscribers.get(end.name) is end:
            del self.subscribers[end.name]
        if self.publishers.get(end.name) is end:
            del self.publishers[end.name]
        await self._server.detach(end.handle)
