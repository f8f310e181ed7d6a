"""A room on a Janus: who sends, who receives, the lists and the mutes. Only listed sources are ever subscribed to."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any

from signaling.media.engine import (
    BadOffer,
    EngineDown,
    MediaEvent,
    PeerBack,
    PeerConnected,
    PeerGone,
    PeerSilent,
    PeerStats,
    RecordingFailed,
    RecordingTarget,
    SpeakerChanged,
)
from signaling.media.janus.figures import Figures
from signaling.media.janus.publisher import Feed, Publisher
from signaling.media.janus.recordings import Recordings
from signaling.media.janus.server import JanusServer
from signaling.media.janus.subscriber import Subscriber, Wanted
from signaling.media.janus.wire import Message, Refused
from signaling.media.sfu.sdp_offer import parse_offer

SILENT_AFTER = 3.0
MOST_PEOPLE = 64
BITRATE = 1_500_000
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
        self._lists: dict[str, frozenset[str]] = {}
        self._muted: dict[str, frozenset[str]] = {}
        self._publishers: dict[str, Publisher] = {}
        self._recordings = Recordings(self._id, self._publishers, lambda peer: emit(RecordingFailed(name, peer)))
        self._subscribers: dict[str, Subscriber] = {}
        self._dummies: dict[str, Feed] = {}
        self._figures: dict[str, Figures] = {}
        self._sides: dict[str, dict[str, int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def size(self) -> int:
        """How many people are connected."""
        return len(self._publishers)

    @property
    def _join(self) -> Message:
        return {"room": self._id["room"], "pin": self._pin}

    async def open(self) -> None:
        """Make the room on Janus."""
        control = self._server.control
        limits = {"publishers": MOST_PEOPLE, "bitrate": BITRATE, "is_private": True, "dummy_publisher": True}
        await control.ask("create", {**self._id, "pin": self._pin, **limits, **TALKING, **CODECS})
        there = (await control.ask("listparticipants", self._id)).data["participants"]
        dummy = next(one["id"] for one in there if one.get("dummy"))
        self._dummies = {"audio": Feed(dummy, "0"), "video": Feed(dummy, "1")}

    # --- what the application asks

    async def listen(self, lists: Mapping[str, Collection[str]]) -> None:
        """Replace all lists; what is cut is cut when this returns."""
        async with self._lock:
            self._lists = {receiver: frozenset(sources) - {receiver} for receiver, sources in lists.items()}
            await self._route()

    async def mute(self, peer: str, kinds: Collection[str]) -> None:
        """Drop these kinds of a source."""
        async with self._lock:
            self._muted[peer] = frozenset(kinds)
            publisher = self._publishers.get(peer)
            if publisher and await self._mute(publisher):
                await self._drained(list(self._subscribers.values()))

    async def prefer(self, peer: str, sides: Mapping[str, int]) -> None:
        """How large the peer shows the camera of each source."""
        async with self._lock:
            self._sides[peer] = dict(sides)
            if peer in self._subscribers:
                await self._subscribers[peer].prefer(sides)

    async def record(self, peer: str, target: RecordingTarget | None) -> None:
        """Begin or end the peer's recording."""
        async with self._lock:
            await self._recordings.change(peer, target, self._server.our_address)

    async def look_at_recordings(self) -> None:
        """Let the recordings write, several times a second."""
        if self._recordings.any:
            async with self._lock:
                await self._recordings.look()

    def end_recordings(self) -> None:
        """The room is gone."""
        self._recordings.end()

    async def answer(self, peer: str, text: str) -> str:
        """Answer an offer of the browser's own tracks."""
        offer = parse_offer(text)
        async with self._lock:
            former = self._publishers.get(peer)
            publisher = former if former and former.session == offer.session else None
            if publisher is None:
                publisher = await self._new_publisher(peer, offer.session)
            try:
                answer = await publisher.answer(offer, text)
            except BadOffer:
                if publisher is not former:
                    await self._server.detach(publisher.handle)
                raise
            if publisher is not former:
                self._publishers[peer] = publisher
                await self._route()
                if former:
                    await self._server.detach(former.handle)
            await self._mute(publisher)
            await self._route()
            return answer

    async def offer(self, peer: str, number: str, restart: bool) -> str:
        """Our offer for the receiving connection; empty while the peer is listed for nobody."""
        async with self._lock:
            wanted = self._wanted(peer)
            subscriber = self._subscribers.get(peer)
            new = subscriber.assign(wanted) if subscriber else []
            if subscriber and (number != subscriber.number or (subscriber.unanswered and (new or restart))):
                await self._forget(subscriber, peer)
                subscriber = None
            if subscriber is None:
                if not wanted:
                    return ""
                await self._subscribe(peer, wanted)
            elif new:
                await subscriber.extend(new)
            elif restart:
                await subscriber.restart()
            await self._route()
            return self._subscribers[peer].written()

    async def accept(self, peer: str, answer: str) -> None:
        """The browser's answer to the offer."""
        async with self._lock:
            subscriber = self._subscribers.get(peer)
            if subscriber is None:
                raise BadOffer("no_offer")
            try:
                await subscriber.accept(answer)
                await self._route()
            except Refused:
                await self._forget(subscriber, peer)
                raise BadOffer("malformed") from None

    async def close_peer(self, peer: str) -> None:
        """Forget both connections of a peer."""
        async with self._lock:
            publisher, subscriber = self._publishers.pop(peer, None), self._subscribers.get(peer)
            self._figures.pop(peer, None)
            if subscriber:
                await self._forget(subscriber, peer)
            if publisher:
                await self._route()
                await self._server.detach(publisher.handle)

    async def close(self) -> None:
        """Forget everybody, on Janus too."""
        self._lists = {}
        for peer in {*self._publishers, *self._subscribers}:
            await self.close_peer(peer)
        async with self._lock:
            self.end_recordings()
            await self._server.control.ask("destroy", self._id)

    async def stats(self) -> dict[str, PeerStats]:
        """Figures of everybody."""
        names = list(self._publishers)
        told = await asyncio.gather(*(self._stats(name) for name in names))
        return dict(zip(names, told, strict=True))

    async def _stats(self, peer: str) -> PeerStats:
        publisher, subscriber = self._publishers[peer], self._subscribers.get(peer)
        figures = self._figures.setdefault(peer, Figures())
        return await figures.read(publisher, subscriber)

    # --- what follows from it

    async def _new_publisher(self, peer: str, session: str) -> Publisher:
        publisher = Publisher(peer, session, await self._server.attach())
        publisher.handle.on_event = lambda message: self._publisher_event(publisher, message)
        await publisher.handle.ask("join", {**self._join, "ptype": "publisher", "id": publisher.id})
        return publisher

    async def _subscribe(self, peer: str, wanted: list[Wanted]) -> None:
        subscriber = Subscriber(await self._server.attach(), self._dummies)
        subscriber.handle.on_event = lambda message: self._subscriber_event(peer, subscriber, message)
        await subscriber.prefer(self._sides.get(peer, {}))
        await subscriber.open(subscriber.assign(wanted), self._join)
        self._subscribers[peer] = subscriber

    async def _forget(self, subscriber: Subscriber, peer: str) -> None:
        self._subscribers.pop(peer, None)
        await self._server.detach(subscriber.handle)

    def _wanted(self, peer: str) -> list[Wanted]:
        sources = sorted(self._lists.get(peer, ()))
        sharing = [name for name in sources if name in self._publishers and "screen" in self._publishers[name].kinds]
        wanted = [(source, kind) for kind in ("audio", "video") for source in sources]
        return wanted + [(source, "screen") for source in sharing]

    async def _mute(self, publisher: Publisher) -> bool:
        kinds = self._muted.get(publisher.name, frozenset())
        if "audio" in kinds:
            self._speaks(publisher, False)
        return await publisher.mute(kinds, self._id)

    async def _route(self) -> None:
        """Make every line carry what the lists allow now, and nothing else."""
        people = list(self._subscribers.items())
        cut = await asyncio.gather(*(self._route_one(peer, subscriber) for peer, subscriber in people))
        await self._drained([subscriber for (_, subscriber), was in zip(people, cut, strict=True) if was])
        await self._recordings.follow()

    async def _route_one(self, peer: str, subscriber: Subscriber) -> bool:
        allowed = self._lists.get(peer, frozenset())

        def feed_of(given: Wanted | None) -> Feed | None:
            source = self._publishers.get(given[0]) if given and given[0] in allowed else None
            return source.feed(given[1]) if source and given else None

        return await subscriber.route(feed_of)

    async def _drained(self, subscribers: list[Subscriber]) -> None:
        await asyncio.gather(*(subscriber.handle.drained() for subscriber in subscribers))

    # --- what Janus tells

    def _publisher_event(self, publisher: Publisher, message: Message) -> None:
        if self._publishers.get(publisher.name) is not publisher:
            return
        what, data = message.get("janus"), message.get("plugindata", {}).get("data", {})
        if what == "webrtcup":
            publisher.up = True
            self._emit(PeerConnected(self.name, publisher.name))
            self._spawn(self._reroute())
        elif what in ("hangup", "detached"):
            self._lost(publisher)
        elif what == "media":
            publisher.flows(message.get("mid", ""), bool(message.get("receiving")))
            self.look(time.monotonic())
            if publisher.kinds.get("audio") == message.get("mid") and not message.get("receiving"):
                self._speaks(publisher, False)
        elif data.get("id") == publisher.id and data.get("videoroom") in ("talking", "stopped-talking"):
            self._speaks(publisher, data["videoroom"] == "talking")

    def _speaks(self, publisher: Publisher, speaking: bool) -> None:
        if speaking != publisher.speaking:
            publisher.speaking = speaking
            self._emit(SpeakerChanged(self.name, publisher.name, speaking))

    def _subscriber_event(self, peer: str, subscriber: Subscriber, message: Message) -> None:
        what = message.get("janus")
        if what == "webrtcup":
            subscriber.up = True
        elif what in ("hangup", "detached") and self._subscribers.get(peer) is subscriber:
            self._spawn(self._end(peer, subscriber))

    def _lost(self, publisher: Publisher) -> None:
        """The browser's connection ended: Janus has taken its feed from all lines."""
        del self._publishers[publisher.name]
        self._figures.pop(publisher.name, None)
        for subscriber in self._subscribers.values():
            subscriber.lost(publisher.id)
        self._emit(PeerGone(self.name, publisher.name))
        self._spawn(self._end(publisher.name, self._subscribers.get(publisher.name), publisher))

    async def _end(self, peer: str, subscriber: Subscriber | None, publisher: Publisher | None = None) -> None:
        async with self._lock:
            if publisher:
                await self._server.detach(publisher.handle)
            if subscriber and self._subscribers.get(peer) is subscriber:
                await self._forget(subscriber, peer)

    async def _reroute(self) -> None:
        async with self._lock:
            await self._route()

    def look(self, now: float) -> None:
        """Who has been silent for too long, and who is back."""
        for publisher in self._publishers.values():
            quiet = publisher.quiet(now)
            if quiet > SILENT_AFTER and not publisher.silent:
                publisher.silent = True
                self._emit(PeerSilent(self.name, publisher.name, quiet))
            elif not quiet and publisher.silent:
                publisher.silent = False
                self._emit(PeerBack(self.name, publisher.name))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._done_or_given_up(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _done_or_given_up(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except EngineDown:
            return  # everybody is told by EngineRestarted
        except Refused as refused:
            log.warning("Janus refused what must be done in a room: %s", refused)
            self._server.give_up()
