"""One track on its way to one receiver: renumbered, so that cuts, changes of source and of layer leave no gap."""

from __future__ import annotations

import secrets
import struct
from typing import TYPE_CHECKING

from signaling.media.sfu import rtcp
from signaling.media.sfu.codecs import Format
from signaling.media.sfu.envelope import Envelope
from signaling.media.sfu.layer import HIGHEST, NAMES
from signaling.media.sfu.numbering import Numbering
from signaling.media.sfu.rtp import WIDE_NUMBER, Packet, nearest

if TYPE_CHECKING:
    from signaling.media.sfu.connection import Connection
    from signaling.media.sfu.layer import Layer
    from signaling.media.sfu.track import Track

RESENDS_PER_TICK = 50


class Downlink:
    """A receive line of one person with the source it was given. Forwards only while a track is attached.

    `rank` is the highest layer that this receiver is to have now, -1 for no picture; `side` the longer side of its
    tile in pixels, None while that isn't told.
    """

    def __init__(
        self,
        connection: Connection,
        source: str,
        kind: str,
        mid: str,
        formats: list[Format],
        extensions: dict[str, int],
    ) -> None:
        self.source, self.kind, self.mid = source, kind, mid
        self.ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.rtx_ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.packets = self.octets = 0
        self.loss = 0.0
        self.rtt: float | None = None
        self.rank = HIGHEST
        self.side: int | None = None
        self._connection = connection
        self._track: Track | None = None
        self._layer: Layer | None = None
        self._next: Layer | None = None
        self._formats = {form.name: form for form in formats}
        self._padding_pt = next((form.rtx_pt for form in formats if form.rtx_pt is not None), None)
        self.wide = WIDE_NUMBER in extensions and all("transport-cc" in form.codec.feedback for form in formats)
        self._envelope = Envelope(kind, mid, extensions, self.wide, connection.network.departures)
        self._pt = 0
        self._rtx_pt: int | None = None
        self._numbering = Numbering()
        self._rtx_sequence = secrets.randbelow(0x4000)
        self._resent: set[int] = set()
        self._reports: dict[int, float] = {}

    # --- what is forwarded

    def can_take(self, track: Track) -> bool:
        """Whether the receiver's browser negotiated the codec of this track."""
        return track.format.name in self._formats

    def attach(self, track: Track) -> None:
        """Forward this track, once `choose` is called; the same track goes on as it is."""
        if track is self._track:
            return
        form = self._formats[track.format.name]
        self._track, self._pt, self._rtx_pt = track, form.pt, form.rtx_pt
        self._stop()

    def detach(self) -> None:
        """Forward nothing, and nothing of the past either."""
        self._track = None
        self._stop()

    def _stop(self) -> None:
        """Wait for a packet to begin with; what was sent before can't be asked for any more."""
        self._layer = self._next = None
        self.loss = 0.0
        self._resent.clear()

    def begin_anew(self, layer: Layer) -> None:
        """The layer is another stream from now on."""
        if self._layer is layer:
            self._stop()
            self._next = layer

    def choose(self, now: float) -> None:
        """Take the layer that fits, pictures from their next keyframe. The track has to wire its layers afterwards."""
        track = self._track
        if track is None or self.rank < 0:
            self._stop()
            return
        best = track.best(self.rank, now)
        if best is self._layer:
            self._next = None
        elif best is not self._next:
            self._next = best
            best.want_key(now)

    def cut_above(self, rank: int) -> None:
        """Forward nothing of a higher layer, even before another begins: the network can't carry it any more."""
        if self._layer is not None and self._layer.rank > rank:
            self._layer = None

    def takes(self, layer: Layer) -> bool:
        """Whether this layer's packets are needed here."""
        return layer is self._layer or layer is self._next

    def waits_for(self, layer: Layer) -> bool:
        """Whether a keyframe of this layer is needed here."""
        return layer is self._next

    @property
    def track(self) -> Track | None:
        """What is forwarded, None while nothing may be."""
        return self._track

    @property
    def idle(self) -> bool:
        """Whether a picture that this receiver is to have was not chosen yet."""
        return self._layer is None and self._next is None and self.rank >= 0

    @property
    def layer(self) -> str:
        """Which layer goes out now, by name, or ``off``."""
        return "off" if self._layer is None else NAMES[self._layer.rank]

    # --- packets

    def send(self, packet: Packet, layer: Layer) -> None:
        """Forward one packet of a layer that is taken here."""
        if layer is not self._layer:
            if layer is not self._next or (self.kind != "audio" and not packet.key):
                return
            self._begin(packet, layer)
        numbering = self._numbering
        if packet.position < numbering.first:
            return
        position = packet.position + numbering.shift
        datagram = self._connection.blank()
        if datagram is None or not self._envelope.write(
            datagram, packet, numbering, self.ssrc, self._pt, position & 0xFFFF, packet.arrived
        ):
            return
        if not self._connection.send_rtp(datagram):
            return
        self.packets += 1
        self.octets += len(packet.payload)
        if position >= numbering.highest:
            numbering.highest = position
            numbering.newest = packet

    def _begin(self, packet: Packet, layer: Layer) -> None:
        self._numbering.go_on(packet, layer)
        self._layer, self._next = layer, None
        self._resent.clear()
        layer.track.wire()

    def resend(self, sequences: list[int], now: float) -> None:
        """Answer a NACK on the retransmission stream (RFC 4588), only from what this receiver was sent.

        Never on the primary stream: a packet that differs under a used number would break AES-GCM.
        """
        layer, numbering = self._layer, self._numbering
        if layer is None or self._rtx_pt is None:
            return
        for sequence in sequences:
            position = nearest(numbering.highest, sequence)
            original = position - numbering.shift
            if not numbering.first <= original or position > numbering.highest or position in self._resent:
                continue
            packet = layer.cached(original)
            if packet is None or len(self._resent) >= RESENDS_PER_TICK:
                continue
            self._resent.add(position)
            self._rtx_sequence += 1
            osn = struct.pack("!H", position & 0xFFFF)
            number = self._rtx_sequence & 0xFFFF
            datagram = self._connection.blank()
            if datagram is not None and self._envelope.write(
                datagram, packet, numbering, self.rtx_ssrc, self._rtx_pt, number, now, osn
            ):
                self._connection.send_rtp(datagram)

    @property
    def has_rtx(self) -> bool:
        """Whether there is a stream of retransmissions."""
        return self._padding_pt is not None

    @property
    def can_pad(self) -> bool:
        """Whether there is a stream for padding whose arrival is told."""
        return self.wide and self.has_rtx

    def pad(self, now: float) -> bool:
        """Send a packet of nothing but padding on the retransmission stream, to find out what the network carries."""
        datagram = self._connection.blank()
        if datagram is None or self._padding_pt is None:
            return False
        self._rtx_sequence += 1
        self._envelope.pad(datagram, self.rtx_ssrc, self._padding_pt, self._rtx_sequence & 0xFFFF, now)
        return self._connection.send_rtp(datagram)

    # --- reports

    def tick(self) -> None:
        """Allow retransmissions again; called about every 50 ms."""
        self._resent.clear()

    @property
    def own_loss(self) -> float:
        """The share that was lost on the way to the receiver, without what the source's own network lost before."""
        return 0.0 if self._layer is None else max(0.0, self.loss - self._layer.loss)

    @property
    def share(self) -> float:
        """What the receiver's network takes of one picture that comes in one size, bit/s."""
        return self._connection.network.share

    def want_key(self, now: float) -> None:
        """The receiver asks for a keyframe."""
        if self._layer is not None:
            self._layer.want_key(now)

    def report(self, ntp: int, timestamp: int, now: float) -> None:
        """Forward the source's sender report under our numbers."""
        self._reports[ntp >> 16 & 0xFFFFFFFF] = now
        while len(self._reports) > 8:
            del self._reports[next(iter(self._reports))]
        stamp = timestamp + self._numbering.time_shift & 0xFFFFFFFF
        data = rtcp.sender_report(self.ssrc, ntp, stamp, self.packets, self.octets)
        self._connection.send_rtcp(data + rtcp.cname(self.ssrc, self.source))

    def reception(self, fraction_lost: int, lsr: int, dlsr: int, now: float) -> None:
        """Take the receiver's report: loss, and the round trip to it."""
        self.loss = fraction_lost / 256
        sent = self._reports.get(lsr)
        if lsr and sent is not None:
            self.rtt = max(0.0, now - sent - dlsr / 65536)
