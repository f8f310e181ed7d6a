"""Packets as one receiver gets them: its payload types and numbers, its header extensions, the time or the number
by which their arrival is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from signaling.media.sfu.bandwidth import Departures
from signaling.media.sfu.rtp import (
    ABS_SEND_TIME,
    AUDIO_LEVEL,
    HEADER,
    MID,
    ORIENTATION,
    WIDE_NUMBER,
    Packet,
    abs_send_time,
    block,
    element,
)
from signaling.media.sfu.srtp import MAX_PLAIN, outgoing
from signaling.media.sfu.vp8 import renumber

if TYPE_CHECKING:
    from signaling.media.sfu.numbering import Numbering
    from signaling.media.sfu.track import Track

OVERHEAD = 40  # bytes of header, extensions and authentication
PADDING = 255  # bytes, the most that one packet can hold (RFC 3550 section 5.1)
SEND_MID_FOR = 100


class Envelope:
    """Writes into `outgoing`. `wide`: packets are numbered across all streams of the connection (`departures`)."""

    def __init__(self, mid: str, extensions: dict[str, int], wide: bool, departures: Departures) -> None:
        self._departures = departures
        self._wide_id = extensions[WIDE_NUMBER] if wide else 0
        self._stamp_id = 0 if wide else extensions.get(ABS_SEND_TIME, 0)
        self._level_id, self._orientation_id = (extensions.get(uri, 0) for uri in (AUDIO_LEVEL, ORIENTATION))
        self._mid = element(extensions[MID], mid.encode()[:16]) if MID in extensions else b""
        self._with_mid = SEND_MID_FOR

    def write(
        self, packet: Packet, track: Track, numbering: Numbering, ssrc: int, pt: int, sequence: int, osn: bytes = b""
    ) -> int:
        """The size of the packet, 0 if it can't fit. `osn` goes before the payload (RFC 4588)."""
        elements = self._told(len(packet.payload))
        if packet.extensions:
            elements += self._carried(packet, track)
        if self._with_mid:
            self._with_mid -= 1
            elements += self._mid
        header = block(elements) + osn
        start = 12 + len(header)
        size = start + len(packet.payload)
        if size > MAX_PLAIN:
            return 0
        timestamp = packet.timestamp + numbering.time_shift & 0xFFFFFFFF
        HEADER.pack_into(outgoing, 0, 0x90 if elements else 0x80, packet.marker | pt, sequence, timestamp, ssrc)
        outgoing[12:start] = header
        outgoing[start:size] = packet.payload
        if numbering.renumbers and packet.picture >= 0:
            renumber(outgoing, start, numbering.picture_shift, numbering.tl0_shift)
        return size

    def pad(self, ssrc: int, pt: int, sequence: int) -> int:
        """A packet of nothing but padding; its size."""
        elements = self._told(PADDING) + self._mid
        header = block(elements)
        start = 12 + len(header)
        stamp = int(time.monotonic() * 90000) & 0xFFFFFFFF
        HEADER.pack_into(outgoing, 0, 0xB0 if elements else 0xA0, pt, sequence, stamp, ssrc)
        outgoing[12:start] = header
        outgoing[start : start + PADDING] = bytes(PADDING - 1) + b"\xff"
        return start + PADDING

    def _told(self, size: int) -> bytes:
        if self._wide_id:
            number = self._departures.next(size + OVERHEAD)
            return bytes((self._wide_id << 4 | 1, number >> 8, number & 0xFF))
        return element(self._stamp_id, abs_send_time(time.time())) if self._stamp_id else b""

    def _carried(self, packet: Packet, track: Track) -> bytes:
        """The header extensions that pass through, under the receiver's ids."""
        elements = b""
        if self._level_id and (value := packet.extensions.get(track.level_id)):
            elements += element(self._level_id, value[:1])
        if self._orientation_id and (value := packet.extensions.get(track.orientation_id)):
            elements += element(self._orientation_id, value[:1])
        return elements
