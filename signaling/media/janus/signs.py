"""What Janus tells of the people in one room: who comes, speaks, falls silent and goes, in the words of all engines."""

from __future__ import annotations

import time
from collections.abc import Callable

from signaling.media.engine import MediaEvent, PeerBack, PeerConnected, PeerGone, PeerSilent, SpeakerChanged
from signaling.media.janus.connections import Connections
from signaling.media.janus.publisher import Publisher
from signaling.media.janus.subscriber import Subscriber
from signaling.media.janus.wire import Message

SILENT_AFTER = 3.0
ENDED = ("hangup", "detached")


class Signs:
    """`on_up` is begun when somebody's media have come up, `on_ended` with the connections that have ended."""

    def __init__(
        self, room: str, connections: Connections, emit: Callable[[MediaEvent], None],
        on_up: Callable[[], None], on_ended: Callable[[list[Publisher | Subscriber]], None],
    ) -> None:  # fmt: skip
        self._room, self._connections, self._emit = room, connections, emit
        self._on_up, self._on_ended = on_up, on_ended

    def of_publisher(self, publisher: Publisher, message: Message) -> None:
        """Take what Janus tells of a connection to send on."""
        if self._connections.publishers.get(publisher.name) is not publisher:
            return
        what = message.get("janus")
        if what == "webrtcup":
            publisher.up = True
            self._emit(PeerConnected(self._room, publisher.name))
            self._on_up()
        elif what in ENDED:
            self.lost(publisher)
        elif what == "media":
            self._media(publisher, message)
        else:
            self._talking(publisher, message.get("plugindata", {}).get("data", {}))

    def of_subscriber(self, subscriber: Subscriber, message: Message) -> None:
        """Take what Janus tells of a connection to receive on."""
        what = message.get("janus")
        if what == "webrtcup":
            subscriber.up = True
        elif what in ENDED and self._connections.subscribers.get(subscriber.name) is subscriber:
            self._on_ended([subscriber])

    def lost(self, publisher: Publisher) -> None:
        """The connection has ended or has to end, and the other one of the same person with it."""
        receiving = self._connections.subscribers.get(publisher.name)
        self._connections.lose(publisher)
        self._emit(PeerGone(self._room, publisher.name))
        self._on_ended([publisher, receiving] if receiving else [publisher])

    def speaks(self, publisher: Publisher, speaking: bool) -> None:
        """They begin or end to speak."""
        if speaking != publisher.speaking:
            publisher.speaking = speaking
            self._emit(SpeakerChanged(self._room, publisher.name, speaking))

    def look(self, now: float) -> None:
        """Who has been silent for too long, and who is back."""
        for publisher in self._connections.publishers.values():
            quiet = publisher.quiet(now)
            if quiet > SILENT_AFTER and not publisher.silent:
                publisher.silent = True
                self._emit(PeerSilent(self._room, publisher.name, quiet))
            elif not quiet and publisher.silent:
                publisher.silent = False
                self._emit(PeerBack(self._room, publisher.name))

    def _media(self, publisher: Publisher, message: Message) -> None:
        """Packets of a line come, or none come any more."""
        coming, mid = bool(message.get("receiving")), message.get("mid", "")
        publisher.flows(mid, coming)
        self.look(time.monotonic())
        if not coming and publisher.kinds.get("audio") == mid:
            self.speaks(publisher, False)

    def _talking(self, publisher: Publisher, data: Message) -> None:
        """VideoRoom tells everybody who talks; each is taken from the own connection."""
        if data.get("id") == publisher.id and data.get("videoroom") in ("talking", "stopped-talking"):
            self.speaks(publisher, data["videoroom"] == "talking")
