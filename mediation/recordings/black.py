"""Black pictures for the times in which a person sent none: keyframes of 320 × 180 pixels."""

import struct

from mediation.recordings.webm import PICTURE, element

_VP8 = bytes.fromhex(  # made by libvpx
    "f00e009d012a4001b4000247088585888584880c8200061604f70681649f6bdb9" + "b27387" * 31 + "b272e00fefc5cd0"
)
_H264 = (  # made by libx264: parameter sets and one slice
    bytes.fromhex("6742c00cdc1419f9e10000030001000003001e8f142b80"),
    bytes.fromhex("68ce0392c8"),
    bytes.fromhex("6588843f2628000818" + "df7" * 9 + "df5" + "d75" * 109 + "d78"),
)
_PICTURES = {"vp8": _VP8, "h264": b"".join(struct.pack("!I", len(unit)) + unit for unit in _H264)}


def black(codec: str | None, at: int) -> bytes:
    """A cluster of one black picture in the codec (VP8 where there is none) at `at` milliseconds."""
    head = struct.pack("!BhB", 0x80 | PICTURE, 0, 0x80)
    return element(0x1F43B675, element(0xE7, struct.pack("!Q", at)) + element(0xA3, head + _PICTURES[codec or "vp8"]))
