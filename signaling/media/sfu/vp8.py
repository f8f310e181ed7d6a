"""The VP8 payload descriptor (RFC 7741 section 4.2): keyframes, sizes, and numbers that go on across a switch."""

from __future__ import annotations

from signaling.media.sfu.rtp import Packet


def describe(packet: Packet) -> None:
    """Note in `packet` whether it begins a keyframe, and its picture id and TL0PICIDX; those that aren't there stay -1."""
    payload = packet.payload
    end = len(payload)
    if end < 2:
        return
    first, at = payload[0], 1
    if first & 0x80:
        flags, at = payload[1], 2
        if flags & 0x80:
            if end < 4:
                return
            if payload[2] & 0x80:
                packet.picture, at = (payload[2] & 0x7F) << 8 | payload[3], 4
            else:
                packet.picture, at = payload[2], 3
        if flags & 0x40:
            if at >= end:
                return
            packet.tl0 = payload[at]
            at += 1
        if flags & 0x30:
            at += 1
    packet.key = first & 0x17 == 0x10 and at < end and not payload[at] & 1


def longer_side(payload: bytes) -> int | None:
    """Of the picture that the packet's keyframe begins, in pixels (RFC 6386 section 9.1); None if it isn't told here."""
    at = payload.find(b"\x9d\x01\x2a", 0, 24)
    if at < 0 or at + 7 > len(payload):
        return None
    width, height = payload[at + 3] | payload[at + 4] << 8, payload[at + 5] | payload[at + 6] << 8
    return max(width & 0x3FFF, height & 0x3FFF)


def renumber(buffer: bytearray, at: int, picture: int, tl0: int) -> None:
    """Add to the picture id and TL0PICIDX of the descriptor at `at`, in which `describe` found a picture id."""
    flags = buffer[at + 1]
    at += 2
    if buffer[at] & 0x80:
        number = (buffer[at] & 0x7F) << 8 | buffer[at + 1]
        number += picture
        buffer[at] = 0x80 | number >> 8 & 0x7F
        buffer[at + 1] = number & 0xFF
        at += 2
    else:
        buffer[at] = buffer[at] + picture & 0x7F
        at += 1
    if flags & 0x40:
        buffer[at] = buffer[at] + tl0 & 0xFF
