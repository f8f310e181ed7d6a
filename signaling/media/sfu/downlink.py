"""One track on its way to one receiver: renumbered, so that cuts and changes of the source leave no gap."""

from __future__ import annotations

import secrets
import struct
import time
from typing import TYPE_CHECKING

from signaling.media.sfu import rtcp
from signaling.media.sfu.codecs import CLOCK, Format
from signaling.media.sfu.rtp import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    HEADER,
    MID,
    ORIENTATION,
    Packet,
    abs_send_time,
    block,
    element,
    nearest,
)
from signaling.media.sfu.srtp import MAX_PLAIN, outgoing

if TYPE_CHECKING:
    from signaling.media.sfu.connection import Connection
    from signaling.media.sfu.track import Track

SEND_MID_FOR = 100
RESENDS_PER_TICK = 50


class Downlink:
    """A receive line of one person with the source it was given. Forwards only while a track is attached."""

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
        self.waiting = True
        self.packets = self.octets = 0
        self.loss = 0.0
        self.rtt: float | None = None
        self._connection = connection
        self._track: Track | None = None
        self._formats = {form.name: form for form in formats}
        self.has_rtx = any(form.rtx_pt is not None for form in formats)
        self._ids = tuple(extensions.get(uri, 0) for uri in (ABS_SEND_TIME, AUDIO_LEVEL, ORIENTATION))
        self._mid = element(extensions[MID], mid.encode()[:16]) if MID in extensions else b""
        self._pt = 0
        self._rtx_pt: int | None = None
        self._clock = 90000
        self._first = 0
        self._shift = self._time_shift = 0
        self._highest = secrets.randbelow(0x4000)
        self._last: tuple[int, float] | None = None
        self._rtx_sequence = secrets.randbelow(0x4000)
        self._resent: set[int] = set()
        self._reports: dict[int, float] = {}

    def can_take(self, track: Track) -> bool:
        """Whether the receiver's browser negotiated the codec of this track."""
        return track.format.name in self._formats

    def attach(self, track: Track, now: float) -> None:
        """Forward this track from its next packet (keyframe for pictures); the same track goes on as it is."""
        if track is self._track:
            return
        form = self._formats[track.format.name]
        self._track, self._pt, self._rtx_pt = track, form.pt, form.rtx_pt
        self._clock = CLOCK[form.name]
        self.pause()
        track.want_key(now)

    def detach(self) -> None:
        """Forward nothing, and nothing of the past either."""
        self._track = None
        self.pause()

    def pause(self) -> None:
        """Wait for a packet to begin with; what was sent before can't be asked for any more."""
        self.waiting = True
        self.loss = 0.0
        self._resent.clear()

    def send(self, packet: Packet) -> None:
        """Forward one packet of the attached track."""
        if self.waiting:
            if self.kind != "audio" and not packet.key:
                return
            self._begin(packet)
        elif packet.position < self._first:
            return
        position = packet.position + self._shift
        size = self._write(packet, self.ssrc, self._pt, position & 0xFFFF, b"")
        if not size or not self._connection.send_rtp(size):
            return
        self.packets += 1
        self.octets += len(packet.payload)
        if position > self._highest:
            self._highest = position
            self._last = (packet.timestamp + self._time_shift, time.monotonic())

    def _begin(self, packet: Packet) -> None:
        self.waiting = False
        self._first = packet.position
        self._highest += 1
        self._shift = self._highest - packet.position
        if self._last:
            stamp, sent = self._last
            passed = max(1, int((time.monotonic() - sent) * self._clock))
            self._time_shift = stamp + passed - packet.timestamp
        else:
            self._time_shift = secrets.randbits(31)

    def _write(self, packet: Packet, ssrc: int, pt: int, sequence: int, osn: bytes) -> int:
        """Put the packet as this receiver gets it into `outgoing`; its size, 0 if it can't fit."""
        stamp, level, orientation = self._ids
        elements = element(stamp, abs_send_time(time.time())) if stamp else b""
        track = self._track
        if track is None:
            return 0
        if level and (value := packet.extensions.get(track.level_id)):
            elements += element(level, value[:1])
        if orientation and (value := packet.extensions.get(track.orientation_id)):
            elements += element(orientation, value[:1])
        if self.packets < SEND_MID_FOR:
            elements += self._mid
        header = block(elements) + osn
        start = 12 + len(header)
        size = start + len(packet.payload)
        if size > MAX_PLAIN:
            return 0
        timestamp = packet.timestamp + self._time_shift & 0xFFFFFFFF
        HEADER.pack_into(outgoing, 0, 0x90 if elements else 0x80, packet.marker | pt, sequence, timestamp, ssrc)
        outgoing[12:start] = header
        outgoing[start:size] = packet.payload
        return size

    def resend(self, sequences: list[int]) -> None:
        """Answer a NACK on the retransmission stream (RFC 4588), only from what this receiver was sent.

        Never on the primary stream: a packet that differs under a used number would break AES-GCM.
        """
        track = self._track
        if track is None or self.waiting or self._rtx_pt is None:
            return
        for sequence in sequences:
            position = nearest(self._highest, sequence)
            original = position - self._shift
            if not self._first <= original or position > self._highest or position in self._resent:
                continue
            packet = track.cached(original)
            if packet is None or len(self._resent) >= RESENDS_PER_TICK:
                continue
            self._resent.add(position)
            self._rtx_sequence += 1
            osn = struct.pack("!H", position & 0xFFFF)
            size = self._write(packet, self.rtx_ssrc, self._rtx_pt, self._rtx_sequence & 0xFFFF, osn)
            if size:
                self._connection.send_rtp(size)

    def tick(self) -> None:
        """Allow retransmissions again; called about every 50 ms."""
        self._resent.clear()

    @property
    def own_loss(self) -> float:
        """The share that was lost on the way to the receiver, without what the source's own network lost before."""
        return 0.0 if self.waiting or self._track is None else max(0.0, self.loss - self._track.loss)

    @property
    def share(self) -> float:
        """What the receiver's network takes of one picture, bit/s."""
        return self._connection.budget.share

    @property
    def layer(self) -> str:
        """Which layer of the picture goes out now: ``high`` or ``off``."""
        return "off" if self.waiting or self._track is None else "high"

    def want_key(self, now: float) -> None:
        """The receiver asks for a keyframe."""
        if self._track is not None:
            self._track.want_key(now)

    def report(self, ntp: int, timestamp: int, now: float) -> None:
        """Forward the source's sender report under our numbers."""
        if self.waiting:
            return
        self._reports[ntp >> 16 & 0xFFFFFFFF] = now
        while len(self._reports) > 8:
            del self._reports[next(iter(self._reports))]
        stamp = timestamp + self._time_shift & 0xFFFFFFFF
        data = rtcp.sender_report(self.ssrc, ntp, stamp, self.packets, self.octets)
        self._connection.send_rtcp(data + rtcp.cname(self.ssrc, self.source))

    def reception(self, fraction_lost: int, lsr: int, dlsr: int, now: float) -> None:
        """Take the receiver's report: loss, and the round trip to it."""
        self.loss = fraction_lost / 256
        sent = self._reports.get(lsr)
        if lsr and sent is not None:
            self.rtt = max(0.0, now - sent - dlsr / 65536)
