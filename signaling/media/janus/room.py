"""A room on a Janus: who sends, who receives, the lists and the mutes. Only listed sources are ever subscribed to."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Mapping

from signaling.media.engine import BadOffer, LayersWanted, MediaEvent, PeerStats, RecordingFailed, RecordingTarget
from signaling.media.janus.background import Background
from signaling.media.janus.connections import Connections
from signaling.media.janus.figures import RoomFigures
from signaling.media.janus.layers import LayersTaken
from signaling.media.janus.networks import Networks
from signaling.media.janus.publisher import Feed, Publisher
from signaling.media.janus.recordings import Recordings
from signaling.media.janus.routes import Routes
from signaling.media.janus.server import JanusServer
from signaling.media.janus.signs import Signs
from signaling.media.janus.subscriber import Subscriber
from signaling.media.janus.wire import Refused
from signaling.media.sfu.layer import HIGHEST
from signaling.media.sfu.sdp_offer import parse_offer

MOST_PEOPLE = 64
BITRATE = 3_000_000  # bit/s at most of everything that one person sends: a camera in three sizes, a screen, a voice
# About a fifth of a second of packets, louder than -45 dBov on average.
TALKING = {"audiolevel_event": True, "audio_active_packets": 10, "audio_level_average": 45}
CODECS = {"audiocodec": "opus", "videocodec": "vp8", "opus_fec": True}

log = logging.getLogger(__name__)


class JanusRoom:
    """One room. Its id, pin and secret are made for it and known to nobody else. Calls are done one after the other."""

    def __init__(self, name: str, server: JanusServer, emit: Callable[[MediaEvent], None]) -> None:
        self.name, self._server, self._emit = name, server, emit
        self._id = {"room": secrets.token_hex(12), "secret": secrets.token_hex(12)}
        self._pin = secrets.token_hex(12)
        self._lock = asyncio.Lock()
        self._connections = Connections(server, {"room": self._id["room"], "pin": self._pin})
        self._publishers, self._subscribers = self._connections.publishers, self._connections.subscribers
        self._routes = Routes(self._connections)
        self._background = Background(self.give_up)
        self._signs = Signs(
            name, self._connections, emit,
            on_up=lambda: self._background.begin(self._reroute()),
            on_ended=lambda ends: self._background.begin(self._end(ends)),
        )  # fmt: skip
        self._networks = Networks(name, self._connections, emit)
        self._layers = LayersTaken()
        self._recordings = Recordings(self._id, self._publishers, lambda peer: emit(RecordingFailed(name, peer)))
        self._muted: dict[str, frozenset[str]] = {}
        self._sides: dict[str, dict[str, int]] = {}
        self._figures = RoomFigures(self._connections, self._routes)
        self._watching = self._gone = False

    @property
    def size(self) -> int:
        """How many people are connected."""
        return len(self._publishers)

    async def open(self) -> None:
        """Make the room on Janus."""
        control = self._server.control
        limits = {"publishers": MOST_PEOPLE, "bitrate": BITRATE, "is_private": True, "dummy_publisher": True}
        await control.ask("create", {**self._id, "pin": self._pin, **limits, **TALKING, **CODECS})
        there = (await control.ask("listparticipants", self._id)).data["participants"]
        dummy = next(one["id"] for one in there if one.get("dummy"))
        self._connections.dummies |= {"audio": Feed(dummy, "0"), "video": Feed(dummy, "1")}

    # --- what the application asks

    async def listen(self, lists: Mapping[str, Collection[str]]) -> None:
        """Replace all lists; what is cut is cut when this returns."""
        async with self._lock:
            self._routes.lists = {receiver: frozenset(sources) - {receiver} for receiver, sources in lists.items()}
            await self._route()

    async def mute(self, peer: str, kinds: Collection[str]) -> None:
        """Drop these kinds of a source."""
        async with self._lock:
            self._muted[peer] = frozenset(kinds)
            publisher = self._publishers.get(peer)
            if publisher and await self._mute(publisher):
                await self._routes.drained(list(self._subscribers.values()))

    async def prefer(self, peer: str, sides: Mapping[str, int]) -> None:
        """How large the peer shows the camera of each source."""
        async with self._lock:
            self._sides[peer] = dict(sides)
            if peer in self._subscribers:
                self._subscribers[peer].sides = dict(sides)
                await self._route()

    async def record(self, peer: str, target: RecordingTarget | None) -> None:
        """Begin or end the peer's recording."""
        async with self._lock:
            await self._recordings.change(peer, target, self._server.our_address)

    async def answer(self, peer: str, text: str) -> str:
        """Answer an offer of the browser's own tracks."""
        offer = parse_offer(text)
        async with self._lock:
            former = self._publishers.get(peer)
            publisher = former if former and former.session == offer.session else None
            try:
                publisher = publisher or await self._connections.send(peer, offer.session, self._signs.of_publisher)
            except Refused:
                raise BadOffer("refused") from None
            try:
                answer = await publisher.answer(offer, text)
            except BadOffer:
                if publisher is not former:
                    await self._connections.end(publisher)
                raise
            if publisher is not former:
                self._publishers[peer] = publisher
                await self._route()
                if former:
                    await self._connections.end(former)
            await self._mute(publisher)
            await self._route()
            if publisher.layered:
                self._emit(LayersWanted(self.name, peer, self._layers.told(peer)))
            return answer

    async def offer(self, peer: str, number: str, restart: bool) -> str:
        """Our offer for the receiving connection; empty while the peer is listed for nobody."""
        async with self._lock:
            try:
                await self._prepare(peer, number, restart)
            except Refused as refused:  # Janus has ended it just now, and the page asks again
                log.warning("a receiving connection is given up, for Janus refused to offer it: %s", refused)
                if peer in self._subscribers:
                    await self._connections.end(self._subscribers[peer])
            await self._route()
            return self._subscribers[peer].written() if peer in self._subscribers else ""

    async def _prepare(self, peer: str, number: str, restart: bool) -> None:
        """Have a connection with a line for everything that is listed, and an offer of it."""
        wanted = self._routes.wanted(peer)
        subscriber = self._subscribers.get(peer)
        new = subscriber.assign(wanted) if subscriber else []
        if subscriber and (number != subscriber.number or (subscriber.unanswered and (new or restart))):
            await self._connections.end(subscriber)
            subscriber = None
        if subscriber is None and wanted:
            await self._connections.receive(peer, wanted, self._sides.get(peer, {}), self._signs.of_subscriber)
        elif subscriber and new:
            await subscriber.extend(new)
        elif subscriber and restart:
            await subscriber.restart()

    async def accept(self, peer: str, answer: str) -> None:
        """The browser's answer to the offer."""
        async with self._lock:
            subscriber = self._subscribers.get(peer)
            if subscriber is None:
                raise BadOffer("no_offer")
            try:
                await subscriber.accept(answer)
            except Refused:
                await self._connections.end(subscriber)
                raise BadOffer("malformed") from None
            await self._route()

    async def close_peer(self, peer: str) -> None:
        """Forget both connections of a peer."""
        async with self._lock:
            publisher, subscriber = self._publishers.pop(peer, None), self._subscribers.get(peer)
            if subscriber:
                await self._connections.end(subscriber)
            if publisher:
                await self._route()
                await self._connections.end(publisher)

    async def close(self) -> None:
        """Forget everybody, on Janus too."""
        self._routes.lists = {}
        for peer in {*self._publishers, *self._subscribers}:
            await self.close_peer(peer)
        async with self._lock:
            self._recordings.end()
            await self._server.control.ask("destroy", self._id)

    async def stats(self) -> dict[str, PeerStats]:
        """Figures of everybody."""
        return await self._figures.read()

    # --- what follows from it

    async def _route(self) -> None:
        await self._routes.apply()
        await self._recordings.follow()

    async def _mute(self, publisher: Publisher) -> bool:
        """Whether something is dropped newly."""
        kinds = self._muted.get(publisher.name, frozenset())
        if "audio" in kinds:
            self._signs.speaks(publisher, False)
        try:
            return await publisher.mute(kinds, self._id)
        except Refused as refused:  # whoever can't be muted is not heard at all
            log.warning("a sending connection is given up, for Janus refused to mute it: %s", refused)
            self._signs.lost(publisher)
            return False

    async def _reroute(self) -> None:
        async with self._lock:
            await self._route()

    async def _end(self, ends: list[Publisher | Subscriber]) -> None:
        async with self._lock:
            for end in ends:
                await self._connections.end(end)

    # --- what is done again and again

    def look(self, now: float) -> None:
        """Several times a second: who is silent, which layers nobody takes, how the networks and recordings are."""
        self._signs.look(now)
        taken = self._routes.taken()
        taken |= dict.fromkeys(self._recordings.people & taken.keys(), HIGHEST)
        for peer, layers in self._layers.look(now, taken):
            self._emit(LayersWanted(self.name, peer, layers))
        if not self._watching and (self._recordings.people or self._networks.due(now)):
            self._watching = True
            self._background.begin(self._watch(now))

    async def _watch(self, now: float) -> None:
        try:
            if self._recordings.people:
                async with self._lock:
                    await self._recordings.look()
            if self._networks.due(now) and await self._networks.look(now):
                await self._reroute()
        finally:
            self._watching = False

    def give_up(self) -> None:
        """Janus did not confirm what must be done here: everything on that server begins anew."""
        if not self._gone:
            self._server.give_up()

    def end(self) -> None:
        """The connection with the server is gone, and everybody's here with it."""
        self._gone = True
        self._recordings.end()
        self._server.leave(self._id)
