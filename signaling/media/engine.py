"""What signaling asks of a media engine, whichever engine it is. Knows nothing of mediation.

Rooms and peers are opaque URL-safe ids. One page of one person is one peer with one peer connection; the
browser always offers. Kinds of track: ``audio``, ``video`` (camera), ``screen``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class BadOffer(Exception):
    """An offer that can't be answered; `code` is stable (``malformed``, ``no_codec``, ``too_many_lines`` …)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EngineDown(Exception):
    """The engine can't do this now: its worker is being replaced, or it is closed. Repeat after EngineRestarted."""


@dataclass(frozen=True)
class PeerConnected:
    """The peer's media path is up (DTLS finished); sent again after each new connection of that peer."""

    room: str
    peer: str


@dataclass(frozen=True)
class PeerSilent:
    """Nothing at all (STUN, RTP, RTCP) came from the peer for `seconds`, more than 3."""

    room: str
    peer: str
    seconds: float


@dataclass(frozen=True)
class PeerBack:
    """A silent peer is heard from again."""

    room: str
    peer: str


@dataclass(frozen=True)
class PeerGone:
    """The peer said goodbye or its consent expired (RFC 7675, 30 s); its ports and keys are forgotten."""

    room: str
    peer: str


@dataclass(frozen=True)
class SpeakerChanged:
    """The peer begins or ends to speak (audio level, no content). Tell it only to those who may hear the peer."""

    room: str
    peer: str
    speaking: bool


@dataclass(frozen=True)
class PicturesPaused:
    """The peer's network is too weak for pictures: it gets voices alone until `paused` is False. Tell the person."""

    room: str
    peer: str
    paused: bool


@dataclass(frozen=True)
class RecordingFailed:
    """The file of the peer's recording can't be written any more (disk full, folder gone); what was written stays."""

    room: str
    peer: str


@dataclass(frozen=True)
class LayersWanted:
    """The layers of the peer's camera (``low``, ``middle``, ``high``) that anybody takes or waits for: its page needn't
    send the others. Told when it changes, and with every answer to a camera that is offered in several layers. An engine
    that can't tell sends none of these; the page then sends everything."""

    room: str
    peer: str
    layers: tuple[str, ...]


@dataclass(frozen=True)
class EngineRestarted:
    """A worker is lost and nothing of `rooms` goes on: browsers hang up and offer anew, `listen`, `mute`, `record` again.
    What raises EngineDown then, because nothing has replaced it yet, is told once more when that is there."""

    rooms: tuple[str, ...]


MediaEvent = (
    PeerConnected
    | PeerSilent
    | PeerBack
    | PeerGone
    | SpeakerChanged
    | PicturesPaused
    | LayersWanted
    | RecordingFailed
    | EngineRestarted
)
OnEvent = Callable[[MediaEvent], None]


@dataclass(frozen=True)
class RecordingTarget:
    """Where one person's recording goes: a new file at `path`, sealed as `ident` under a key of 32 bytes of its own;
    `screen`: another such file for the screen that they share, without it screens are left out."""

    path: Path
    ident: str
    key: bytes = field(repr=False)
    screen: RecordingTarget | None = None


@dataclass(frozen=True)
class TrackStats:
    """One published track since its connection began, and how old its last packet is (seconds)."""

    packets: int
    bytes: int
    age: float | None


@dataclass(frozen=True)
class PeerStats:
    """What one peer sent and was sent. Ages and `rtt` in seconds, `loss` 0..1 of what was sent to the peer.

    `rate` is what the peer's network is believed to carry towards it, bit/s; it says little while little is sent.
    `layers` tells for every source with a camera that the peer is listed for which layer of it the peer gets now:
    ``high`` (also the only picture of somebody who sends one), ``middle``, ``low`` or ``off``.
    """

    connected: bool
    packets_in: int = 0
    bytes_in: int = 0
    packets_out: int = 0
    bytes_out: int = 0
    last_media: float | None = None
    rtt: float | None = None
    loss: float | None = None
    rate: int | None = None
    tracks: Mapping[str, TrackStats] = field(default_factory=dict)
    layers: Mapping[str, str] = field(default_factory=dict)


class MediaEngine(Protocol):
    """Every call raises EngineDown while no worker can do it; nothing else but what is named here."""

    name: str  # of the kind of engine, as metrics have it

    @property
    def healthy(self) -> bool:
        """Whether everything that carries media is there."""

    async def answer(self, room: str, peer: str, offer: str) -> str:
        """Answer the peer's SDP offer; a first one creates the peer. Raises BadOffer, to that client alone.

        Each receive line is given to one listed source, told by ``a=msid:<source peer> <kind>``; a source may
        come later. Lines without a source are inactive. An offer with a new DTLS fingerprint is a new
        connection of the same peer and replaces the old one.

        An engine that sends on a connection of its own refuses the receive lines and says so in the answer
        (``a=x-receive-apart``); that connection is made by `offer` and `accept`.
        """

    async def offer(self, room: str, peer: str, number: str, restart: bool) -> str:
        """Our offer for the peer's receiving connection; each line says ``a=msid:<source peer> <kind>``.

        `number` (of the ``o=`` line) names the connection that the browser has, empty for none; an offer with
        another number is for a new connection. `restart` restarts ICE. Empty while there is nothing to receive.
        Raises BadOffer (``no_offer``) where everything is received on the one connection.
        """

    async def accept(self, room: str, peer: str, answer: str) -> None:
        """The browser's answer to that offer. Raises BadOffer."""

    async def listen(self, room: str, lists: Mapping[str, Collection[str]]) -> None:
        """Replace who receives whom, ``{receiver: {sources}}``, for the whole room at once.

        Default deny: a peer that isn't a key receives nobody. When this returns, not one packet of an unlisted
        source goes out any more. A new pair needs an offer of the receiver. Peers needn't exist yet.
        """

    async def mute(self, room: str, peer: str, kinds: Collection[str]) -> None:
        """Stop forwarding these kinds of that source, replacing earlier calls; empty opens all again."""

    async def record(self, room: str, peer: str, target: RecordingTarget | None) -> None:
        """Write what the peer publishes and what isn't muted of it into new sealed files: voice and camera, the screen.

        None ends it: when that call returns, nothing that arrives later is written; the files are whole soon after. The
        peer needn't be there yet, and may go and come back. A recording lives until None, another target, close_room
        or the death of the worker (the file then lacks at most 5 s and its last chunk). Who may be recorded is the
        application's to know.
        """

    async def prefer(self, room: str, peer: str, pixels: Mapping[str, int]) -> None:
        """Tell how large the peer's page shows the camera of each source, replacing earlier calls.

        ``{source: longer side of the tile in pixels}``, 0 for one that isn't shown; a source that is missing may come
        in its best layer. It only chooses among what the lists allow, and is a wish: the network may carry less.
        """

    async def close_peer(self, room: str, peer: str) -> None:
        """Forget the peer's connection; unknown peers are fine. Its entry in the lists and its recording stay."""

    async def close_room(self, room: str) -> None:
        """Forget all peers and lists of the room; unknown rooms are fine."""

    async def stats(self, room: str) -> dict[str, PeerStats]:
        """Figures per peer, an empty dict for an unknown room."""

    async def close(self) -> None:
        """End all rooms and workers and free the port; no events after it returns."""
