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
        "arrived", "extensions", "key", "marker", "payload", "payload_type", "picture", "position", "sequence",
        "ssrc", "timestamp", "tl0", "told",
    )  # fmt: skip

    def __init__(self, marker: int, payload_type: int, sequence: int, timestamp: int, ssrc: int) -> None:
        self.marker = marker
        self.payload_type = payload_type
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.extensions: dict[int, bytes] = {}
        self.payload = b""
        self.position = 0
        self.arrived = 0.0
        self.key = False
        self.picture = self.tl0 = self.told = -1


def parse(data: memoryview, size: int) -> Packet | None:
    """Read a decrypted packet of `size` bytes; None if it is malformed. The payload is copied."""
    if size < 12:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first >> 6 != 2:
        return None
    packet = Packet(second & 0x80, second & 0x7F, sequence, timestamp, ssrc)
    at = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if at + 4 > size:
            return None
        profile = data[at] << 8 | data[at + 1]
        end = at + 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        if end > size:
            return None
        if profile == 0xBEDE:
            packet.extensions = one_byte(bytes(data[at + 4 : end]))
        elif profile & 0xFFF0 == 0x1000:
            packet.extensions = two_byte(bytes(data[at + 4 : end]))
        at = end
    if first & 0x20:
        size -= data[size - 1] or size
    if at > size:
        return None
    packet.payload = bytes(data[at:size])
    return packet


def one_byte(data: bytes) -> dict[int, bytes]:
    """Elements of a one-byte extension header, RFC 8285 section 4.2; stops at what is truncated."""
    found: dict[int, bytes] = {}
    at, end = 0, len(data)
    while at < end:
        head = data[at]
        at += 1
        if head == 0:
            continue
        stop = at + 1 + (head & 0x0F)
        if head >> 4 == 15 or stop > end:
            break
        found[head >> 4] = data[at:stop]
        at = stop
    return found


def two_byte(data: bytes) -> dict[int, bytes]:
    """Elements of a two-byte extension header, RFC 8285 section 4.3."""
    found: dict[int, bytes] = {}
    at, end = 0, len(data)
    while at + 1 < end:
        ident = data[at]
        if ident == 0:
            at += 1
            continue
        stop = at + 2 + data[at + 1]
        if stop > end:
            break
        found[ident] = data[at + 2 : stop]
        at = stop
    return found


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
