"""One published track: its streams (a camera may come in three sizes), and who receives it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from aiortc.rtp import RtpPacket

from signaling.media.sfu.codecs import Format
from signaling.media.sfu.ladder import MOST
from signaling.media.sfu.layer import HIGHEST, NAMES, Layer
from signaling.media.sfu.rtp import Packet

if TYPE_CHECKING:
    from signaling.media.recording.recorder import Recorder
    from signaling.media.sfu.downlink import Downlink

MOST_LAYERED = 2_000_000.0
SMALLEST_SIDE = 320
ENOUGH = 0.75  # a picture may be shown this much larger than it is


class Track:
    """Audio, camera or screen of one person. `layers` lowest first, one for everything that comes in one size."""

    def __init__(
        self,
        kind: str,
        mid: str,
        form: Format,
        told_id: int,
        answer: Callable[[bytes], None],
        rids: Sequence[str] = (),
    ) -> None:
        self.kind, self.mid = kind, mid
        self.format = form
        self.told_id = told_id
        self.level = 127
        self.answer = answer
        self.feedback_ssrc = 1
        self.outs: tuple[Downlink, ...] = ()
        self.recorder: Recorder | None = None
        self._recorded: Layer | None = None
        names = rids or ("",)
        self.layers = tuple(Layer(self, HIGHEST + 1 - len(names) + at, rid) for at, rid in enumerate(names))
        self._coming: list[tuple[bool, bool]] = []

    @property
    def packets(self) -> int:
        """Received so far."""
        return sum(layer.packets for layer in self.layers)

    @property
    def bytes(self) -> int:
        """Received so far."""
        return sum(layer.bytes for layer in self.layers)

    @property
    def last_packet(self) -> float | None:
        """When a packet last came, None if none did."""
        latest = max(layer.last_packet for layer in self.layers)
        return latest if latest > 0 else None

    @property
    def asked(self) -> float:
        """What the person is asked to send of it at most, bit/s: in one size, what the weakest receiver takes."""
        if self.kind == "audio":
            return 0.0
        if len(self.layers) > 1:
            return MOST_LAYERED
        return min([MOST, *(out.share for out in self.outs)])

    def hear(self, packet: Packet) -> None:
        """Note the audio level of a voice packet (RFC 6464)."""
        if packet.told >= 0:
            self.level = packet.told & 0x7F

    def best(self, rank: int, now: float) -> Layer:
        """The best layer up to `rank` that comes at present, else one that will come now that it is taken, else the
        least that comes: a receiver whose network is weak rather waits for a moment than gets too much."""
        if len(self.layers) == 1:
            return self.layers[0]
        fitting = [layer for layer in self.layers if layer.rank <= rank] or self.layers[:1]
        coming = [layer for layer in fitting if layer.awake(now)] or [layer for layer in fitting if layer.expected(now)]
        if coming:
            return coming[-1]
        return next((layer for layer in self.layers if layer.awake(now)), fitting[-1])

    def rank_for(self, side: int) -> int:
        """The least layer that is enough for a tile whose longer side has so many pixels; -1 for one that isn't shown."""
        if side <= 0:
            return -1
        known = next(((layer.rank, layer.longer_side) for layer in self.layers if layer.longer_side), None)
        rank, longer = known or (0, SMALLEST_SIDE)
        sizes = (longer * 2.0 ** (layer.rank - rank) for layer in self.layers)
        fits = (layer.rank for layer, size in zip(self.layers, sizes, strict=True) if size >= side * ENOUGH)
        return next(fits, HIGHEST)

    def choose(self, now: float) -> None:
        """Have every receiver take the layer that fits it now."""
        for out in self.outs:
            out.choose(now)
        if self.recorder is not None and self.best(HIGHEST, now) is not self._recorded:
            self.want_key(now)
        self.wire()

    def wire(self) -> None:
        """Hand every layer the downlinks that take it or wait for its next keyframe."""
        for layer in self.layers:
            layer.outs = tuple(out for out in self.outs if out.takes(layer))

    def want_key(self, now: float) -> None:
        """Ask for a keyframe of the layer that is to be recorded."""
        self.best(HIGHEST, now).want_key(now)

    def record(self, packet: Packet, layer: Layer) -> None:
        """Hand the packet to the recorder if it is of the best layer that comes; changed at its keyframes."""
        if self.recorder is None:
            return
        if layer is not self._recorded:
            if len(self.layers) > 1 and not (packet.key and layer is self.best(HIGHEST, packet.arrived)):
                return
            self._recorded = layer
        plain = RtpPacket(
            sequence_number=packet.sequence, timestamp=packet.timestamp, ssrc=layer.ssrc or 0, payload=packet.payload
        )
        turn = 90 * (packet.told & 3) if packet.told >= 0 and self.kind != "audio" else None
        self.recorder.take(self.kind, self.format.name, plain, packet.arrived, turn)

    def report(self, ntp: int, timestamp: int, layer: Layer) -> None:
        """Tell the recorder what a sender report of that layer says."""
        if self.recorder is not None and layer is self._recorded:
            self.recorder.report(self.kind, ntp, timestamp)

    def tick(self, now: float) -> None:
        """Repeat requests; called about every 50 ms."""
        for layer in self.layers:
            layer.tick(now)

    def look(self, now: float) -> None:
        """Measure, a few times a second, and follow layers that fell asleep."""
        for layer in self.layers:
            layer.look(now)
        coming = [(layer.awake(now), layer.expected(now)) for layer in self.layers]
        if len(coming) > 1 and coming != self._coming:
            self._coming = coming
            self.choose(now)

    def wants_others(self, now: float) -> bool:
        """Whether the person's page has to be told of other layers (`told`): more at once, less when it lasts."""
        if len(self.layers) == 1:
            return False
        wanted = self._wanted(now)
        changed = [layer.is_wanted(layer.rank in wanted, now) for layer in self.layers]
        return any(changed)

    def _wanted(self, now: float) -> set[int]:
        """The ranks that receivers are to have, and those that they have instead; the lowest when nobody looks, so that
        whoever comes sees something at once."""
        lowest = self.layers[0].rank
        wanted = {max(out.rank, lowest) for out in self.outs if out.rank >= 0}
        wanted |= {layer.rank for layer in self.layers if layer.outs}
        if self.recorder is not None:
            wanted |= {HIGHEST, self.best(HIGHEST, now).rank}
        return wanted or {lowest}

    @property
    def told(self) -> tuple[str, ...]:
        """The layers that the person's page was last asked for."""
        return tuple(NAMES[layer.rank] for layer in self.layers if not layer.rests)
