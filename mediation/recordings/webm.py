"""The beginning of a WebM file (RFC 9559): what only the end of a recording knows, length and places to jump to.

WebM allows no H264: with that the file calls itself Matroska, and is otherwise the same.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

VOICE, PICTURE = 1, 2  # track numbers, as the media engine writes them
_OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 0, 48000, 0, 0)  # RFC 7845 section 5.1
_SEEK_PREROLL = 80_000_000  # nanoseconds that an Opus decoder needs to settle
_ANY_SIZE = (640, 480)
_CODECS = {"vp8": b"V_VP8", "h264": b"V_MPEG4/ISO/AVC"}


@dataclass(frozen=True)
class Tracks:
    """What the file holds. `codec` of the pictures (vp8, h264), `private` what its decoder has to know first (hex), `size` in
    pixels, each None while no picture came; `voice`: whether there is one."""

    codec: str | None
    private: str | None
    size: tuple[int, int] | None
    voice: bool

    @property
    def kind(self) -> str:
        """What the file is, as its name in EBML and in media types has it."""
        return "matroska" if self.codec == "h264" else "webm"


def beginning(duration: int, tracks: Tracks, clusters: Sequence[int], jumps: Sequence[tuple[int, int]]) -> bytes:
    """Everything before the first cluster.

    `duration` in milliseconds; `clusters`: the length of each cluster in bytes; `jumps`: the moments
    (milliseconds) at which a cluster begins with a keyframe, and which cluster it is.
    """
    head = element(0x1A45DFA3, _ebml(tracks.kind))
    info_and_tracks = element(0x1549A966, _info(duration)) + element(0x1654AE6B, _tracks(tracks))
    cues_length = len(_cues(0, clusters, jumps))
    cues = _cues(len(info_and_tracks) + cues_length, clusters, jumps)
    body = info_and_tracks + cues
    segment = b"\x18\x53\x80\x67" + struct.pack("!Q", 1 << 56 | (len(body) + sum(clusters)))
    return head + segment + body


def _ebml(kind: str) -> bytes:
    return (
        _number(0x4286, 1) + _number(0x42F7, 1) + _number(0x42F2, 4) + _number(0x42F3, 8)
        + element(0x4282, kind.encode()) + _number(0x4287, 4) + _number(0x4285, 2)
    )  # fmt: skip


def _info(duration: int) -> bytes:
    scale = _number(0x2AD7B1, 1_000_000)
    return scale + element(0x4489, struct.pack("!d", duration)) + element(0x4D80, b"m") + element(0x5741, b"m")


def _tracks(tracks: Tracks) -> bytes:
    return (_voice() if tracks.voice else b"") + _pictures(tracks)


def _voice() -> bytes:
    sound = element(0xE1, element(0xB5, struct.pack("!d", 48000)) + _number(0x9F, 2))
    codec = element(0x86, b"A_OPUS") + element(0x63A2, _OPUS_HEAD) + _number(0x56BB, _SEEK_PREROLL)
    return element(0xAE, _track(VOICE, 2) + codec + sound)


def _pictures(tracks: Tracks) -> bytes:
    width, height = tracks.size or _ANY_SIZE
    size = element(0xE0, _number(0xB0, width) + _number(0xBA, height))
    codec = element(0x86, _CODECS[tracks.codec or "vp8"])
    private = element(0x63A2, bytes.fromhex(tracks.private)) if tracks.private else b""
    return element(0xAE, _track(PICTURE, 1) + codec + private + size)


def _track(number: int, kind: int) -> bytes:
    return _number(0xD7, number) + _number(0x73C5, number) + _number(0x9C, 0) + _number(0x83, kind)


def _cues(before: int, clusters: Sequence[int], jumps: Sequence[tuple[int, int]]) -> bytes:
    """`before`: bytes of the segment before its first cluster."""
    starts, at = [], before
    for length in clusters:
        starts.append(at)
        at += length
    points = (
        element(0xBB, _number(0xB3, moment) + element(0xB7, _number(0xF7, PICTURE) + _number(0xF1, starts[cluster])))
        for moment, cluster in jumps
    )
    return element(0x1C53BB6B, b"".join(points)) if jumps else b""


def _number(ident: int, value: int) -> bytes:
    """An unsigned number, always eight bytes, so that lengths don't depend on values."""
    return element(ident, struct.pack("!Q", value))


def element(ident: int, body: bytes) -> bytes:
    """An EBML element; its length always takes eight bytes."""
    name = ident.to_bytes((ident.bit_length() + 7) // 8)
    return name + struct.pack("!Q", 1 << 56 | len(body)) + body
