"""Transport-wide congestion control feedback: when each packet of a connection arrived, whatever stream it is of
(draft-holmer-rmcat-transport-wide-cc-extensions-01). Browsers tell us, and we tell browsers that publish."""

from __future__ import annotations

import struct
from typing import Final

from signaling.media.sfu.rtp import nearest

PACKET_TYPE, FORMAT = 205, 15
UNIT: Final = 0.00025  # seconds, of a delta
LOST: Final = -(1 << 40)
UNITS_PER_REFERENCE: Final = 256
LONGEST = 2000  # packets that one feedback may be about
LONGEST_WRITTEN: Final = 500
HEAD: Final = struct.Struct("!BBHIIHHI")


def is_feedback(data: bytes) -> bool:
    """Whether this RTCP packet is transport-wide feedback."""
    return len(data) >= HEAD.size and data[1] == PACKET_TYPE and data[0] & 0x1F == FORMAT


def read(data: bytes) -> tuple[int, list[int]] | None:
    """The number of the first packet, and when it and those after it arrived: in units of 250 µs by the browser's clock,
    LOST for a packet that has not arrived. None if the feedback is malformed."""
    base, count = data[12] << 8 | data[13], data[14] << 8 | data[15]
    reference = data[16] << 16 | data[17] << 8 | data[18]
    if not 0 < count <= LONGEST:
        return None
    symbols: list[int] = []
    at, end = HEAD.size, len(data)
    while len(symbols) < count:
        if at + 2 > end:
            return None
        chunk = data[at] << 8 | data[at + 1]
        at += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13] * (chunk & 0x1FFF)
        elif chunk & 0x4000:
            for shift in range(12, -2, -2):
                symbols.append(chunk >> shift & 3)
        else:
            for shift in range(13, -1, -1):
                symbols.append(chunk >> shift & 1)
    arrivals: list[int] = []
    units = reference * UNITS_PER_REFERENCE
    for symbol in symbols[:count]:
        if symbol == 0:
            arrivals.append(LOST)
            continue
        if symbol == 1 and at < end:
            units += data[at]
            at += 1
        elif symbol == 2 and at + 1 < end:
            delta = data[at] << 8 | data[at + 1]
            units += delta - 0x10000 if delta & 0x8000 else delta
            at += 2
        else:
            return None
        arrivals.append(units)
    return base, arrivals


class Arrivals:
    """What arrived from a browser since it was last told."""

    def __init__(self) -> None:
        self._next = -1
        self._highest = 0
        self._arrived: dict[int, int] = {}
        self._written = 0

    def note(self, number: int, arrived: float) -> None:
        """A packet with this transport-wide number arrived, seconds by any clock."""
        if self._next < 0:
            self._next = self._highest = number + 0x10000
        position = nearest(self._highest, number)
        if position < self._next:
            return  # told as lost already
        if position - self._next >= LONGEST_WRITTEN:
            self._next = position
            self._arrived.clear()
        self._highest = max(self._highest, position)
        self._arrived[position] = int(arrived / UNIT)

    def write(self, ours: int, theirs: int) -> bytes | None:
        """The feedback about everything that wasn't told yet, None if nothing came."""
        if not self._arrived:
            return None
        first = self._next
        reference = min(self._arrived.values()) // UNITS_PER_REFERENCE
        units = reference * UNITS_PER_REFERENCE
        symbols, deltas = [], bytearray()
        for position in range(first, self._highest + 1):
            arrived = self._arrived.get(position)
            if arrived is None:
                symbols.append(0)
                continue
            delta = max(-0x8000, min(0x7FFF, arrived - units))
            units += delta
            small = 0 <= delta < 256
            symbols.append(1 if small else 2)
            if not small:
                deltas.append(delta >> 8 & 0xFF)
            deltas.append(delta & 0xFF)
        self._next = self._highest + 1
        self._arrived.clear()
        body = _chunks(symbols) + deltas
        body += bytes(-len(body) % 4)
        self._written = self._written + 1 & 0xFF
        last = (reference & 0xFFFFFF) << 8 | self._written
        length = (HEAD.size + len(body)) // 4 - 1
        return HEAD.pack(0x80 | FORMAT, PACKET_TYPE, length, ours, theirs, first & 0xFFFF, len(symbols), last) + body


def _chunks(symbols: list[int]) -> bytes:
    """One run for packets that all arrived alike, else seven packets a chunk."""
    if len(set(symbols)) == 1:
        return struct.pack("!H", symbols[0] << 13 | len(symbols))
    found = bytearray()
    for at in range(0, len(symbols), 7):
        seven = symbols[at : at + 7]
        chunk = 0
        for symbol in seven:
            chunk = chunk << 2 | symbol
        found += struct.pack("!H", 0xC000 | chunk << 2 * (7 - len(seven)))
    return bytes(found)
