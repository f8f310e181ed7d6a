"""RTP packets: reading a decrypted one, and the header extensions that are carried on (RFC 3550, RFC 8285)."""

from __future__ import annotations

import struct
from typing import Final

HEADER: Final = struct.Struct("!BBHII")
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
ORIENTATION = "urn:3gpp:video-orientation"
WIDE_NUMBER = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
TOLD_BY = {"audio": AUDIO_LEVEL, "video": ORIENTATION, "screen": ORIENTATION}


class Packet:
    """One received packet. `position` is the sequence number, extended so that it never wraps; `arrived` in seconds
    (monotonic). `picture` and `tl0` are those of VP8, `told` is what is passed on with it (how loud a voice is, how a
    camera is held); -1 where the packet has none."""

    __slots__ = (
        "_elements", "_wide", "arrived", "key", "marker", "payload", "payload_type", "picture", "position", "sequence",
        "ssrc", "timestamp", "tl0", "told",
    )  # fmt: skip

    def __init__(self, marker: int, payload_type: int, sequence: int, timestamp: int, ssrc: int) -> None:
        self.marker = marker
        self.payload_type = payload_type
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.payload = b""
        self.position = 0
        self.arrived = 0.0
        self.key = False
        self.picture = self.tl0 = self.told = -1
        self._elements = b""
        self._wide = False

    def carry(self, profile: int, elements: bytes) -> None:
        """Take the elements of a header extension of this profile; those of an unknown one say nothing."""
        self._wide = profile & 0xFFF0 == 0x1000
        if profile == 0xBEDE or self._wide:
            self._elements = elements

    def extension(self, ident: int) -> bytes:
        """The header extension of this number; empty if it isn't there."""
        if not ident or not self._elements:
            return b""
        return _two_byte(self._elements, ident) if self._wide else _one_byte(self._elements, ident)


def parse(data: bytes, size: int) -> Packet | None:
    """Read a decrypted packet, the first `size` bytes; None if it is malformed."""
    if size < 12 or data[0] >> 6 != 2:
        return None
    timestamp = data[4] << 24 | data[5] << 16 | data[6] << 8 | data[7]
    ssrc = data[8] << 24 | data[9] << 16 | data[10] << 8 | data[11]
    packet = Packet(data[1] & 0x80, data[1] & 0x7F, data[2] << 8 | data[3], timestamp, ssrc)
    at = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        if at + 4 > size:
            return None
        start, profile = at + 4, data[at] << 8 | data[at + 1]
        at = start + 4 * (data[at + 2] << 8 | data[at + 3])
        if at > size:
            return None
        packet.carry(profile, data[start:at])
    if data[0] & 0x20:
        size -= data[size - 1] or size
    if at > size:
        return None
    packet.payload = data[at:size]
    return packet


def _one_byte(elements: bytes, ident: int) -> bytes:
    """One of the elements of a one-byte extension header, RFC 8285 section 4.2; stops at what is truncated."""
    at, end = 0, len(elements)
    while at < end:
        head = elements[at]
        at += 1
        if head == 0:
            continue
        stop = at + 1 + (head & 0x0F)
        if head >> 4 == 15 or stop > end:
            break
        if head >> 4 == ident:
            return elements[at:stop]
        at = stop
    return b""


def _two_byte(elements: bytes, ident: int) -> bytes:
    """One of the elements of a two-byte extension header, RFC 8285 section 4.3."""
    at, end = 0, len(elements)
    while at + 1 < end:
        found = elements[at]
        if found == 0:
            at += 1
            continue
        stop = at + 2 + elements[at + 1]
        if stop > end:
            break
        if found == ident:
            return elements[at + 2 : stop]
        at = stop
    return b""


def element(ident: int, value: bytes) -> bytes:
    """One element of a one-byte extension header; `value` is 1 to 16 bytes, `ident` 1 to 14."""
    return bytes((ident << 4 | len(value) - 1,)) + value


def block(elements: bytes) -> bytes:
    """The whole extension header around packed elements, padded; empty for none."""
    if not elements:
        return b""
    words = (len(elements) + 3) // 4
    return struct.pack("!HH", 0xBEDE, words) + elements + bytes(words * 4 - len(elements))


def abs_send_time(seconds: float) -> bytes:
    """24 bits of 6.18 fixed-point seconds, as the sender of this hop stamps them."""
    return (int(seconds * 262144) & 0xFFFFFF).to_bytes(3, "big")


def nearest(reference: int, sequence: int, bits: int = 16) -> int:
    """The extended number nearest to `reference` whose low bits are `sequence`."""
    span = 1 << bits
    distance = (sequence - reference) & (span - 1)
    return reference + distance - (span if distance >= span >> 1 else 0)
