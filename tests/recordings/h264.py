"""Clips in H264 as a phone's camera sends them, and the payloads in which they travel."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import av
from aiortc.codecs.h264 import H264Encoder

from tests.clips import picture
from tests.media.scripted_media import SECONDS, Recording, record

SETS = (7, 8)  # types of the units that hold parameter sets


@lru_cache
def record_h264(name: str, size: tuple[int, int] = (160, 120), rate: int = 15, sets_once: bool = False) -> Recording:
    """Colour, name and tone of a person of LOOKS; each frame is what follows start codes. The first is a keyframe, as is the
    one in the middle, which comes without parameter sets if they are sent `sets_once`."""
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = size
    encoder.pix_fmt, encoder.time_base, encoder.profile = "yuv420p", Fraction(1, rate), "Constrained Baseline"
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": str(rate), "x264-params": "annexb=1"}
    frames = []
    for number in range(rate * SECONDS):
        frame = av.VideoFrame.from_ndarray(picture(name, number, size), format="rgb24")
        frame.pts = number
        frames += [bytes(packet) for packet in encoder.encode(frame)]
    if sets_once:
        frames = [frames[0], *(_without_sets(frame) for frame in frames[1:])]
    return Recording(frames, record(name, size, rate).voice, rate)


def _without_sets(frame: bytes) -> bytes:
    units = [unit for unit in H264Encoder._split_bitstream(frame) if unit[0] & 0x1F not in SETS]
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def payloads(frame: bytes) -> list[bytes]:
    """RFC 6184, mode 1: what is small in one packet together (STAP-A), what is large in fragments (FU-A)."""
    return list(H264Encoder._packetize(iter(list(H264Encoder._split_bitstream(frame)))))
