"""H264 from RTP (RFC 6184: single units, STAP-A, FU-A) into a file, whose units have their length in front (ISO/IEC 14496-15).

A keyframe always carries its parameter sets with it, so that a camera may change its size within the file.
"""

import struct
from collections.abc import Iterable

from aiortc.codecs.h264 import h264_depayload

from signaling.media.recording.codec import Frame

_IDR, _SEQUENCE, _PICTURE, _DELIMITER = 5, 7, 8, 9  # types of units (ITU-T H.264 table 7-1)
_START_CODE = b"\0\0\0\1"  # aiortc writes this one, and no unit can hold it
_CONSTRAINED_BASELINE = 66


class H264:
    """See `Codec`. Constrained baseline alone, as the forwarder negotiates it."""

    name = "h264"

    def __init__(self) -> None:
        self.private: bytes | None = None
        self._sets: dict[int, list[bytes]] = {_SEQUENCE: [], _PICTURE: []}

    def unpack(self, payload: bytes) -> bytes:
        """The payload's units, or a part of one, behind start codes."""
        return h264_depayload(payload)

    def frame(self, whole: bytes) -> Frame | None:
        """None for parameter sets alone, and for a keyframe whose sets never came."""
        units = [unit for unit in whole.split(_START_CODE) if unit and unit[0] & 0x1F != _DELIMITER]
        for kind in self._sets:
            self._sets[kind] = [unit for unit in units if unit[0] & 0x1F == kind] or self._sets[kind]
        shown = [unit for unit in units if unit[0] & 0x1F not in self._sets]
        if not shown:
            return None
        if not any(unit[0] & 0x1F == _IDR for unit in shown):
            return Frame(_with_lengths(shown), None)
        sequences, pictures = self._sets.values()
        if not sequences or not pictures:
            return None
        try:
            size = picture_size(sequences[0])
        except (IndexError, ValueError):
            return None
        self.private = self.private or configuration(sequences, pictures)
        return Frame(_with_lengths([*sequences, *pictures, *shown]), size)


def configuration(sequences: list[bytes], pictures: list[bytes]) -> bytes:
    """The AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1) with these parameter sets."""
    profile = sequences[0][1:4]
    head = b"\x01" + profile + bytes((0xFC | 3, 0xE0 | len(sequences)))  # lengths have 4 bytes
    listed = (b"".join(struct.pack("!H", len(unit)) + unit for unit in units) for units in (sequences, pictures))
    return head + next(listed) + bytes((len(pictures),)) + next(listed)


def picture_size(sequence: bytes) -> tuple[int, int]:
    """Width and height in pixels by a sequence parameter set (ITU-T H.264 sections 7.3.2.1.1 and 7.4.2.1.1).

    Raises ValueError for another profile than baseline, IndexError for one that is cut off.
    """
    if len(sequence) > 1 and sequence[1] != _CONSTRAINED_BASELINE:
        raise ValueError("not baseline")
    bits = _Bits(sequence[4:].replace(b"\0\0\3", b"\0\0"))
    bits.number()  # its id
    bits.number()  # length of frame numbers
    order = bits.number()
    if order == 0:
        bits.number()
    elif order == 1:
        bits.take(1)
        bits.number()
        bits.number()
        for _ in range(bits.number()):
            bits.number()
    bits.number()  # reference pictures
    bits.take(1)
    across, down = bits.number() + 1, bits.number() + 1
    rows = 1 if bits.take(1) else 2  # rows of blocks per unit of height: fields have two
    if rows == 2:
        bits.take(1)
    bits.take(1)
    left, right, top, bottom = (bits.number() for _ in range(4)) if bits.take(1) else (0, 0, 0, 0)
    return across * 16 - 2 * (left + right), down * 16 * rows - 2 * rows * (top + bottom)


class _Bits:
    """Reads from the highest bit on."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> int:
        value = 0
        for at in range(self._at, self._at + count):
            value = value << 1 | self._data[at >> 3] >> (7 - (at & 7)) & 1
        self._at += count
        return value

    def number(self) -> int:
        """ue(v), section 9.1; for the signed kind only its length matters here."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def _with_lengths(units: Iterable[bytes]) -> bytes:
    return b"".join(struct.pack("!I", len(unit)) + unit for unit in units)
