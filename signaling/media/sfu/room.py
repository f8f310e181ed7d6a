"""A room: its peers, who may receive whom, and the routes that follow. Default is deny."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from signaling.media.engine import LayersWanted, MediaEvent, PeerConnected, PeerGone, PicturesPaused, RecordingTarget
from signaling.media.recording.recorder import Recorder
from signaling.media.sfu.connection import Connection
from signaling.media.sfu.negotiation import plan
from signaling.media.sfu.peer import Peer, Place
from signaling.media.sfu.sdp_offer import Offer, parse_offer
from signaling.media.sfu.track import Track


class Room:
    """Peers by id, the lists, the mutes."""

    def __init__(self, name: str, place: Place) -> None:
        self.name = name
        self.peers: dict[str, Peer] = {}
        self._place = place
        self._lists: dict[str, frozenset[str]] = {}
        self._muted: dict[str, frozenset[str]] = {}
        self._recorders: dict[str, Recorder] = {}
        self._sides: dict[str, dict[str, int]] = {}

    def listen(self, lists: Mapping[str, list[str]]) -> None:
        """Replace all lists. When this returns nothing unlisted is forwarded: sending never waits in a queue."""
        self._lists = {receiver: frozenset(sources) - {receiver} for receiver, sources in lists.items()}
        self.route()

    def mute(self, peer: str, kinds: list[str]) -> None:
        """Stop forwarding these kinds of a source."""
        self._muted[peer] = frozenset(kinds)
        self.route()

    def prefer(self, peer: str, pixels: Mapping[str, int]) -> None:
        """How large the peer shows the camera of each source: the longer side in pixels."""
        self._sides[peer] = dict(pixels)
        if peer in self.peers:
            self._allot(self.peers[peer], time.monotonic())

    def sources(self, peer: str) -> frozenset[str]:
        """Whom the peer may receive."""
        return self._lists.get(peer, frozenset())

    def record(self, peer: str, target: RecordingTarget | None, now: float) -> None:
        """Begin or end the peer's recording. Raises OSError when the file can't be made; nothing is recorded then."""
        former = self._recorders.pop(peer, None)
        self.route()
        if former:
            former.close(now)
        if target:
            self._recorders[peer] = Recorder(target, now)
            self.route()

    def tick_recordings(self, now: float) -> list[str]:
        """Let the recordings write, and have keyframes asked for; gives whose have just failed, and ends those."""
        for name, recorder in self._recorders.items():
            recorder.tick(now)
            for track in self.peers[name].connection.tracks.values() if name in self.peers else ():
                comes = track.recorder is recorder and any(layer.awake(now) for layer in track.layers)
                if comes and recorder.wants_keyframe(track.kind, now):
                    track.want_key(now)
        failed = [name for name, recorder in self._recorders.items() if recorder.failed]
        for name in failed:
            self.record(name, None, now)
        return failed

    def is_muted(self, peer: str, kind: str) -> bool:
        """Whether this kind of the peer is muted here."""
        return kind in self._muted.get(peer, ())

    def answer(self, name: str, sdp: str) -> str:
        """Answer an offer of this peer; nothing changes if it is bad."""
        offer = parse_offer(sdp)
        former = self.peers.get(name)
        peer = former if former and former.connection.session == offer.session else None
        sources = self.sources(name)
        sharing = [other.name for other in self.peers.values() if "screen" in other.connection.tracks]
        made = peer.plan(offer, sources, sharing) if peer else plan(offer, {}, {}, sources, sharing)
        peer = peer or self._new_peer(name, offer, former)
        answer = peer.take(offer, made)
        self.route()
        self._tell_wanted(peer)
        return answer

    def _tell_wanted(self, peer: Peer) -> None:
        """Again with every answer: the page may be another, or may have missed it."""
        camera = peer.connection.tracks.get("video")
        if camera and len(camera.layers) > 1:
            self._place.emit(LayersWanted(self.name, peer.name, camera.told))

    def _new_peer(self, name: str, offer: Offer, former: Peer | None) -> Peer:
        if former:
            former.connection.close()
            if former.connection.network.paused:  # the new connection has yet to find out
                self._place.emit(PicturesPaused(self.name, name, False))
        peer = self.peers[name] = Peer(name, self._place, offer, self._connection_state)
        return peer

    def _connection_state(self, connection: Connection, state: str) -> None:
        peer = next((p for p in self.peers.values() if p.connection is connection), None)
        if peer is None:
            return
        if state == "connected":
            self._place.emit(PeerConnected(self.name, peer.name))
            self.route()
        else:
            self.remove(peer.name)

    def remove(self, name: str, tell: bool = True) -> None:
        """Forget a peer and its connection."""
        peer = self.peers.pop(name, None)
        if peer is None:
            return
        peer.connection.close()
        self.route()
        if tell:
            self._place.emit(PeerGone(self.name, name))

    def close(self, wait: bool = False) -> None:
        """Forget everybody, silently; `wait` until their recordings are on the disk."""
        self._lists.clear()
        for recorder in self._recorders.values():
            recorder.close(time.monotonic(), wait)
        self._recorders.clear()
        for name in list(self.peers):
            self.remove(name, tell=False)

    def route(self) -> None:
        """Make every track's downlinks those that the lists, the mutes and the connections allow now."""
        now = time.monotonic()
        tracks = [track for peer in self.peers.values() for track in peer.connection.tracks.values()]
        for peer in self.peers.values():
            for track in peer.connection.tracks.values():
                track.outs = ()
                track.recorder = None if self.is_muted(peer.name, track.kind) else self._recorders.get(peer.name)
        for receiver in self.peers.values():
            allowed = self.sources(receiver.name) if receiver.connection.connected else frozenset()
            for out in receiver.connection.downlinks.values():
                source = self._source(out.source, out.kind) if out.source in allowed else None
                if source and out.can_take(source):
                    source.outs += (out,)
                    out.attach(source)
                    if out.kind == "audio":
                        out.choose(now)
                else:
                    out.detach()
            self._allot(receiver, now)
        for track in tracks:
            track.wire()

    def _allot(self, receiver: Peer, now: float) -> None:
        sides = self._sides.get(receiver.name, {})
        for out in receiver.connection.downlinks.values():
            out.side = sides.get(out.source)
        receiver.connection.network.allot(now)

    def look(self, now: float) -> Iterator[MediaEvent]:
        """Measure and judge, a few times a second: whose pictures pause, and then what publishers have to send."""
        for peer in self.peers.values():
            for track in peer.connection.tracks.values():
                track.look(now)
        for peer in self.peers.values():
            if peer.connection.connected and peer.connection.network.look(now):
                yield PicturesPaused(self.name, peer.name, peer.connection.network.paused)
        for peer in self.peers.values():
            for track in peer.connection.tracks.values():
                if track.wants_others(now):
                    yield LayersWanted(self.name, peer.name, track.told)

    def _source(self, name: str, kind: str) -> Track | None:
        peer = self.peers.get(name)
        if peer is None or not peer.connection.connected or self.is_muted(name, kind):
            return None
        return peer.connection.tracks.get(kind)
