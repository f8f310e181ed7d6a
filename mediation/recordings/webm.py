"""The beginning of a WebM file (RFC 9559): what only the end of a recording knows, length and places to jump to."""

import struct
from collections.abc import Sequence

VOICE, CAMERA = 1, 2  # track numbers, as the media engine writes them
_OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48000, 0, 0)  # RFC 7845 section 5.1
_SEEK_PREROLL = 80_000_000  # nanoseconds that an Opus decoder needs to settle
_ANY_SIZE = (640, 480)


def beginning(
    duration: int, size: tuple[int, int] | None, clusters: Sequence[int], jumps: Sequence[tuple[int, int]]
) -> bytes:
    """Everything before the first cluster.

    `duration` in milliseconds; `size` in pixels; `clusters`: the length of each cluster in bytes; `jumps`: the moments
    (milliseconds) at which a cluster begins with a keyframe, and which cluster it is.
    """
    head = _element(0x1A45DFA3, _ebml())
    info_and_tracks = _element(0x1549A966, _info(duration)) + _element(0x1654AE6B, _tracks(size or _ANY_SIZE))
    cues_length = len(_cues(0, clusters, jumps))
    cues = _cues(len(info_and_tracks) + cues_length, clusters, jumps)
    body = info_and_tracks + cues
    segment = b"\x18\x53\x80\x67" + struct.pack("!Q", 1 << 56 | (len(body) + sum(clusters)))
    return head + segment + body


def _ebml() -> bytes:
    return (
        _number(0x4286, 1) + _number(0x42F7, 1) + _number(0x42F2, 4) + _number(0x42F3, 8)
        + _element(0x4282, b"webm") + _number(0x4287, 4) + _number(0x4285, 2)
    )  # fmt: skip


def _info(duration: int) -> bytes:
    scale = _number(0x2AD7B1, 1_000_000)
    return scale + _element(0x4489, struct.pack("!d", duration)) + _element(0x4D80, b"m") + _element(0x5741, b"m")


def _tracks(size: tuple[int, int]) -> bytes:
    sound = _element(0xE1, _element(0xB5, struct.pack("!d", 48000)) + _number(0x9F, 2))
    picture = _element(0xE0, _number(0xB0, size[0]) + _number(0xBA, size[1]))
    codec = _element(0x86, b"A_OPUS") + _element(0x63A2, _OPUS_HEAD) + _number(0x56BB, _SEEK_PREROLL)
    voice = _track(VOICE, 2) + codec + sound
    camera = _track(CAMERA, 1) + _element(0x86, b"V_VP8") + picture
    return _element(0xAE, voice) + _element(0xAE, camera)


def _track(number: int, kind: int) -> bytes:
    return _number(0xD7, number) + _number(0x73C5, number) + _number(0x9C, 0) + _number(0x83, kind)


def _cues(before: int, clusters: Sequence[int], jumps: Sequence[tuple[int, int]]) -> bytes:
    """`before`: bytes of the segment before its first cluster."""
    starts, at = [], before
    for length in clusters:
        starts.append(at)
        at += length
    points = (
        _element(0xBB, _number(0xB3, moment) + _element(0xB7, _number(0xF7, CAMERA) + _number(0xF1, starts[cluster])))
        for moment, cluster in jumps
    )
    return _element(0x1C53BB6B, b"".join(points)) if jumps else b""


def _number(ident: int, value: int) -> bytes:
    """An unsigned number, always eight bytes, so that lengths don't depend on values."""
    return _element(ident, struct.pack("!Q", value))


def _element(ident: int, body: bytes) -> bytes:
    name = ident.to_bytes((ident.bit_length() + 7) // 8)
    return name + struct.pack("!Q", 1 << 56 | len(body)) + body
