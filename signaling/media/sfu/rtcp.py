"""RTCP that the forwarder writes and reads (RFC 3550, RFC 4585, RFC 5104, REMB draft)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from aiortc.rtp import (
    AnyRtcpPacket,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)

NACK, PLI, FIR, REMB = 1, 1, 4, 15
CNAME = 1


def parse(data: bytes) -> list[AnyRtcpPacket]:
    """The packets of a decrypted compound; an empty list if it is malformed."""
    try:
        return RtcpPacket.parse(data)
    except (ValueError, struct.error, IndexError):
        return []


def parts(data: bytes) -> Iterator[bytes]:
    """The packets of a decrypted compound, one by one; what is cut off is left out."""
    at = 0
    while at + 4 <= len(data):
        end = at + 4 + 4 * (data[at + 2] << 8 | data[at + 3])
        if end > len(data):
            return
        yield data[at:end]
        at = end


def receiver_report(ours: int, blocks: list[RtcpReceiverInfo]) -> bytes:
    """Reception of up to 31 streams, and the CNAME that RFC 3550 wants with it."""
    return bytes(RtcpRrPacket(ours, blocks[:31])) + cname(ours, "forwarder")


def sender_report(ssrc: int, ntp: int, timestamp: int, packets: int, octets: int) -> bytes:
    """A sender report; the clock is the source's own, so voice and picture stay in step."""
    return bytes(RtcpSrPacket(ssrc, RtcpSenderInfo(ntp, timestamp, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)))


def cname(ssrc: int, name: str) -> bytes:
    """The source description of one stream."""
    return bytes(RtcpSdesPacket([RtcpSourceInfo(ssrc, [(CNAME, name.encode())])]))


def nack(ours: int, theirs: int, lost: Iterable[int]) -> bytes:
    """Ask for these sequence numbers again."""
    return bytes(RtcpRtpfbPacket(NACK, ours, theirs, sorted(lost)))


def picture_loss(ours: int, theirs: int) -> bytes:
    """Ask for a keyframe."""
    return bytes(RtcpPsfbPacket(PLI, ours, theirs))


def estimated_rate(ours: int, bitrate: int, ssrcs: list[int]) -> bytes:
    """REMB: what the sender may send on these streams together, bit/s."""
    return bytes(RtcpPsfbPacket(REMB, ours, 0, pack_remb_fci(bitrate, ssrcs)))


def keyframe_wanted(packet: AnyRtcpPacket) -> list[int]:
    """The streams whose receiver asks for a keyframe, by PLI or FIR."""
    if not isinstance(packet, RtcpPsfbPacket):
        return []
    if packet.fmt == PLI:
        return [packet.media_ssrc]
    if packet.fmt == FIR:
        return [struct.unpack_from("!I", packet.fci, at)[0] for at in range(0, len(packet.fci) - 7, 8)]
    return []


def rate_of(packet: AnyRtcpPacket) -> int | None:
    """The bitrate a receiver estimates in a REMB, None for another packet."""
    if not isinstance(packet, RtcpPsfbPacket) or packet.fmt != REMB:
        return None
    try:
        return unpack_remb_fci(packet.fci)[0]
    except (ValueError, struct.error, IndexError):
        return None
