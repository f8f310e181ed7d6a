"""Rooms on aiortc's own RTCPeerConnection and MediaRelay: every picture is decoded once and encoded for each viewer."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from aiortc import MediaStreamTrack, RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.codecs import HEADER_EXTENSIONS
from aiortc.contrib.media import MediaRelay
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters
from aiortc.rtcrtptransceiver import RTCRtpTransceiver
from av import Packet
from av.frame import Frame

from signaling.media.sfu.negotiation import Assignment, plan
from signaling.media.sfu.rtp import RID
from signaling.media.sfu.sdp_offer import parse_offer

# aiortc gives up without a candidate to try; the one that the browser's checks come from is learned meanwhile.
NOWHERE = "a=candidate:1 1 udp 1 127.0.0.9 9 typ host\r\n"


# aiortc takes one size only. Chromium then sends the first, but its next offer fails where the answer lacks this.
HEADER_EXTENSIONS["video"].append(RTCRtpHeaderExtensionParameters(id=len(HEADER_EXTENSIONS["video"]) + 10, uri=RID))


class RelayRoom:
    """Peers by id, and the lists."""

    def __init__(self) -> None:
        self.peers: dict[str, RelayPeer] = {}
        self.lists: dict[str, frozenset[str]] = {}
        self.relay = MediaRelay()

    async def answer(self, name: str, offer: str) -> str:
        """MediaEngine.answer."""
        session = offer.split("o=- ", 1)[1].split()[0]
        peer = self.peers.get(name)
        if peer is None or peer.session != session:
            if peer:
                await peer.connection.close()
            peer = self.peers[name] = RelayPeer(self, name, session)
        return await peer.answer(offer)

    def listen(self, lists: Mapping[str, Collection[str]]) -> None:
        """MediaEngine.listen."""
        self.lists = {receiver: frozenset(sources) for receiver, sources in lists.items()}

    async def remove(self, name: str) -> None:
        """MediaEngine.close_peer."""
        peer = self.peers.pop(name, None)
        if peer:
            await peer.connection.close()

    def published(self, receiver: str, source: str, kind: str) -> MediaStreamTrack | None:
        """The track of a source, if the receiver may have it now."""
        peer = self.peers.get(source) if source in self.lists.get(receiver, ()) else None
        return peer.published.get(kind) if peer else None


class RelayPeer:
    """One browser's connection."""

    def __init__(self, room: RelayRoom, name: str, session: str) -> None:
        self.room, self.name, self.session = room, name, session
        self.number = secrets.randbits(60)
        self.published: dict[str, MediaStreamTrack] = {}
        # With aiortc's usual policy lines that come in the same offer as another of their kind are never sent on.
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT))
        self._roles: dict[str, str] = {}
        self._given: dict[str, Assignment] = {}

    async def answer(self, text: str) -> str:
        """Take the offer; each receive line is given the track of a listed source, which may come later."""
        offer = parse_offer(text)
        made = plan(offer, self._roles, self._given, self.room.lists.get(self.name, frozenset()))
        self._roles |= made.roles()
        before, self._given = self._given, {mid: given for mid, given in made.receive.items() if given}
        text = text.replace("a=setup:actpass", "a=setup:active").replace("a=mid:", f"{NOWHERE}a=mid:", 1)
        await self.connection.setRemoteDescription(RTCSessionDescription(text, "offer"))
        for line in self.connection.getTransceivers():
            mid = line.mid or ""  # all lines come from the browser, which has named them
            if mid in made.own:
                self.published[made.own[mid]] = line.receiver.track
            elif before.get(mid) != self._given.get(mid):
                self._give(line, self._given.get(mid))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self._written(self.connection.localDescription.sdp)

    def _give(self, line: RTCRtpTransceiver, given: Assignment | None) -> None:
        if given is None:
            line.direction = "inactive"
            return
        line.direction = "sendonly"
        track = line.sender.track
        if not isinstance(track, ComingTrack):
            track = ComingTrack(self.room, self.name, line.kind)
            line.sender.replaceTrack(track)
        track.given = given
        line.sender._stream_id, line.sender._track_id = given

    def _written(self, answer: str) -> str:
        """One number per connection, and a source only for lines that have one."""
        head, *sections = answer.split("\r\nm=")
        head = "\r\n".join(
            f"o=- {self.number} 1 IN IP4 0.0.0.0" if x.startswith("o=") else x for x in head.split("\r\n")
        )
        for at, section in enumerate(sections):
            if "a=sendonly" not in section:
                sections[at] = "\r\n".join(line for line in section.split("\r\n") if not line.startswith("a=msid:"))
        return "\r\nm=".join([head, *sections])


class ComingTrack(MediaStreamTrack):
    """What one line carries: the track of the source that it is given, as long as that is there and listed."""

    def __init__(self, room: RelayRoom, receiver: str, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.given: Assignment = ("", "")
        self._room, self._receiver = room, receiver
        self._from: MediaStreamTrack | None = None
        self._proxy: MediaStreamTrack | None = None

    async def recv(self) -> Frame | Packet[Any]:
        """The next frame. A source that ends may come again: the line goes on."""
        while True:
            track = self._room.published(self._receiver, *self.given)
            if track is not None and track.readyState == "live":
                if self._proxy is None or track is not self._from:
                    self._from, self._proxy = track, self._room.relay.subscribe(track, buffered=False)
                with contextlib.suppress(MediaStreamError):
                    return await self._proxy.recv()
            await asyncio.sleep(0.02)
