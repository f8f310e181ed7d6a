"""What one browser publishes: its streams, found by their SSRCs, and what the browser is told about their arrival."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from signaling.media.sfu import rtcp
from signaling.media.sfu.feedback import Arrivals
from signaling.media.sfu.layer import Layer
from signaling.media.sfu.rtp import MID, REPAIRED_RID, RID, WIDE_NUMBER, Packet
from signaling.media.sfu.track import Track

if TYPE_CHECKING:
    from signaling.media.sfu.datagram import Arrival

MAX_LEARNED = 16


class Uplink:
    """`tracks` by kind. `ssrc` is ours, under which we tell the browser what arrived."""

    def __init__(self) -> None:
        self.ssrc = secrets.randbelow(0xFFFFFFFE) + 1
        self.tracks: dict[str, Track] = {}
        self._by_ssrc: dict[int, tuple[Layer, bool]] = {}
        self._ids: dict[str, int] = {}
        self._wide_id = 0
        self._arrivals: Arrivals | None = None

    def learn(self, tracks: dict[str, Track], ids: dict[str, int]) -> None:
        """Publish these tracks, replacing those of before. Their SSRCs are known or will be learned.

        `ids` are the browser's numbers of header extensions, by URI.
        """
        self.tracks, self._ids = tracks, ids
        self._wide_id = ids.get(WIDE_NUMBER, 0)
        if self._wide_id and self._arrivals is None:
            self._arrivals = Arrivals()
        layers = [layer for track in tracks.values() for layer in track.layers]
        self._by_ssrc = {layer.ssrc: (layer, False) for layer in layers if layer.ssrc is not None}
        self._by_ssrc |= {layer.rtx_ssrc: (layer, True) for layer in layers if layer.rtx_ssrc is not None}

    def take(self, packet: Packet, now: float, arrival: Arrival) -> None:
        """Take a decrypted packet, which came in this datagram."""
        if self._arrivals and len(wide := packet.extension(self._wide_id)) == 2:
            self._arrivals.note(wide[0] << 8 | wide[1], arrival.arrived)
        known = self._by_ssrc.get(packet.ssrc) or self._recognise(packet)
        if known is None:
            return
        layer, repaired = known
        form = layer.track.format
        if repaired:
            if packet.payload_type != form.rtx_pt or len(packet.payload) < 2:
                return
            packet.sequence = packet.payload[0] << 8 | packet.payload[1]
            packet.payload = packet.payload[2:]
        elif packet.payload_type != form.pt:
            return
        layer.receive(packet, now, repaired)

    def _recognise(self, packet: Packet) -> tuple[Layer, bool] | None:
        """Find the layer of an unannounced stream: by its MID, else by a payload type that only one track has, and by
        its RID (RFC 8852) where the track comes in several layers."""
        if len(self._by_ssrc) >= MAX_LEARNED:
            return None
        pt = packet.payload_type
        mid = packet.extension(self._ids.get(MID, 0))
        fits = [track for track in self.tracks.values() if pt in (track.format.pt, track.format.rtx_pt)]
        if mid:
            fits = [track for track in fits if track.mid.encode() == mid]
        if len(fits) != 1:
            return None
        repaired = pt == fits[0].format.rtx_pt
        rid = packet.extension(self._ids.get(REPAIRED_RID if repaired else RID, 0))
        layers = fits[0].layers
        found = layers[0] if len(layers) == 1 else next((each for each in layers if each.rid.encode() == rid), None)
        if found is None:
            return None
        if repaired:
            found.rtx_ssrc = packet.ssrc
        else:
            found.use_ssrc(packet.ssrc)
        self._by_ssrc[packet.ssrc] = (found, repaired)
        return found, repaired

    def sender_report(self, ssrc: int, ntp: int, timestamp: int, now: float) -> None:
        """Take what the browser says of the clock of one stream."""
        known = self._by_ssrc.get(ssrc)
        if known and not known[1]:
            known[0].sender_report(ntp, timestamp, now)

    def tick(self, now: float) -> None:
        """Repeat requests; called about every 50 ms."""
        for track in self.tracks.values():
            track.tick(now)

    def arrivals(self) -> bytes | None:
        """Transport-wide feedback about what came since the last time, None if nothing did or the browser can't read it."""
        return self._arrivals.write(self.ssrc, next(iter(self._by_ssrc), 0)) if self._arrivals else None

    def report(self, now: float) -> bytes:
        """How the streams arrive, and what the weakest receiver takes of them; about once a second."""
        layers = [layer for track in self.tracks.values() for layer in track.layers if layer.ssrc is not None]
        blocks = [block for layer in layers if (block := layer.reception(now))]
        data = rtcp.receiver_report(self.ssrc, blocks)
        ssrcs = [layer.ssrc or 0 for layer in layers if layer.track.kind != "audio"]
        if ssrcs:
            data += rtcp.estimated_rate(self.ssrc, int(sum(track.asked for track in self.tracks.values())), ssrcs)
        return data
