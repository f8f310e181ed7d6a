"""Packets as one receiver gets them: its payload types and numbers, its header extensions, the time or the number
by which their arrival is told."""

from __future__ import annotations

import struct
import time
from typing import TYPE_CHECKING, Final

from signaling.media.sfu.bandwidth import Departures
from signaling.media.sfu.rtp import (
    ABS_SEND_TIME,
    HEADER,
    MID,
    TOLD_BY,
    WIDE_NUMBER,
    Packet,
    abs_send_time,
    block,
    element,
)
from signaling.media.sfu.srtp import MAX_PLAIN
from signaling.media.sfu.vp8 import renumber

if TYPE_CHECKING:
    from signaling.media.sfu.datagram import Datagram
    from signaling.media.sfu.numbering import Numbering

AUTHENTICATION: Final = 16  # bytes (RFC 7714)
PADDING = 255  # bytes, the most that one packet can hold (RFC 3550 section 5.1)
SEND_MID_FOR = 100
TOLD_VALUES = 256  # what one byte can tell
FIRST_VALUE: Final = 17  # where the value of the first element is: behind the header and the heads of block and element
NUMBER: Final = struct.Struct("!H")


class Envelope:
    """Writes packets. `wide`: packets are numbered across all streams of the connection (`departures`).

    Header extensions are kept ready by what they tell; their first element, the number or the time, is filled in anew.
    """

    def __init__(self, kind: str, mid: str, extensions: dict[str, int], wide: bool, departures: Departures) -> None:
        self._departures = departures
        self._wide = wide
        self._stamped = not wide and ABS_SEND_TIME in extensions
        self._first = element(extensions[WIDE_NUMBER], bytes(2)) if wide else b""
        if self._stamped:
            self._first = element(extensions[ABS_SEND_TIME], bytes(3))
        self._told_id = extensions.get(TOLD_BY[kind], 0)
        self._mid = element(extensions[MID], mid.encode()[:16]) if MID in extensions else b""
        self._with_mid = SEND_MID_FOR
        self._ready: list[bytes | None] = [None] * (TOLD_VALUES + 1)  # the last for nothing told, -1

    def write(
        self,
        into: Datagram,
        packet: Packet,
        numbering: Numbering,
        ssrc: int,
        pt: int,
        sequence: int,
        now: float,
        osn: bytes = b"",
    ) -> bool:
        """Write the packet as the receiver gets it; False if it can't fit. `osn` goes before the payload (RFC 4588)."""
        head = self._ready[packet.told]
        if head is None:
            head = self._head(packet.told)
        start = 12 + len(head) + len(osn)
        size = start + len(packet.payload)
        if size > MAX_PLAIN:
            return False
        outgoing = into.data
        stamp = packet.timestamp + numbering.time_shift & 0xFFFFFFFF
        HEADER.pack_into(outgoing, 0, 0x90 if head else 0x80, packet.marker | pt, sequence, stamp, ssrc)
        into.view[12:start] = head + osn if osn else head
        into.view[start:size] = packet.payload
        if self._wide:
            number = self._departures.next(size + AUTHENTICATION, now)
            outgoing[FIRST_VALUE], outgoing[FIRST_VALUE + 1] = number >> 8, number & 0xFF
        elif self._stamped:
            outgoing[FIRST_VALUE : FIRST_VALUE + 3] = abs_send_time(time.time())
        if numbering.renumbers and packet.picture >= 0:
            renumber(outgoing, start, numbering.picture_shift, numbering.tl0_shift)
        into.size = size
        return True

    def _head(self, told: int) -> bytes:
        """The header extension that tells this. It names the line as well, until the receiver certainly knows it."""
        elements = self._first
        if told >= 0 and self._told_id:
            elements += element(self._told_id, bytes((told,)))
        if self._with_mid:
            self._with_mid -= 1
            return block(elements + self._mid)
        self._ready[told] = head = block(elements)
        return head

    def pad(self, into: Datagram, ssrc: int, pt: int, sequence: int, now: float) -> None:
        """Write a packet of nothing but padding. Only where packets are numbered (`wide`)."""
        outgoing = into.data
        head = block(self._first + self._mid)
        start = 12 + len(head)
        stamp = int(now * 90000) & 0xFFFFFFFF
        HEADER.pack_into(outgoing, 0, 0xB0, pt, sequence, stamp, ssrc)
        into.view[12:start] = head
        into.view[start : start + PADDING] = bytes(PADDING - 1) + b"\xff"
        NUMBER.pack_into(outgoing, FIRST_VALUE, self._departures.next(start + PADDING + AUTHENTICATION, now))
        into.size = start + PADDING
