"""Which characters of a text can be printed: the font knows them, and a reader can see them."""

import struct
import unicodedata
from functools import cache
from pathlib import Path

from mediation.documents.typesetting import missing_glyph, require_font

# A signature covers what was seen, so nothing may stand in a document that can't be seen: control characters,
# bidirectional marks and overrides (they show a text in another order than it is stored), zero-width characters.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_LINE_BREAKS = {"\n", "\t"}


def require_printable(text: str, font_dir: Path) -> None:
    """Raises Invalid("missing_glyph") naming every character of `text` that can't be printed."""
    if unprintable := not_printable(text, font_dir):
        raise missing_glyph(unprintable)


def not_printable(text: str, font_dir: Path) -> list[str]:
    """The characters of `text` that can't be printed, in their order, each once."""
    known = characters_of(font_dir)
    return [
        character
        for character in dict.fromkeys(text)
        if character not in _LINE_BREAKS and (unicodedata.category(character) in _UNSEEN or ord(character) not in known)
    ]


@cache
def characters_of(font_dir: Path) -> frozenset[int]:
    """Code points that some font of the folder can show.

    Raises Unavailable when there is no font.
    """
    return frozenset().union(*(_character_map(font.read_bytes()) for font in require_font(font_dir)))


def _character_map(font: bytes) -> set[int]:
    """Code points in the font's `cmap` table (OpenType 1.9, cmap formats 4 and 12)."""
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4sIII", font, 12 + 16 * i) for i in range(tables))
    start = next(offset for tag, _sum, offset, _length in records if tag == b"cmap")
    points: set[int] = set()
    for i in range(struct.unpack_from(">H", font, start + 2)[0]):
        _platform, _encoding, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * i)
        table = start + offset
        format_ = struct.unpack_from(">H", font, table)[0]
        if format_ == 12:
            for group in range(struct.unpack_from(">I", font, table + 12)[0]):
                first, last, _glyph = struct.unpack_from(">III", font, table + 16 + 12 * group)
                points.update(range(first, last + 1))
        elif format_ == 4:
            points |= _segments(font, table)
    return points


def _segments(font: bytes, table: int) -> set[int]:
    doubled = struct.unpack_from(">H", font, table + 6)[0]
    ends = struct.unpack_from(f">{doubled // 2}H", font, table + 14)
    starts = struct.unpack_from(f">{doubled // 2}H", font, table + 16 + doubled)
    return {
        point for first, last in zip(starts, ends, strict=True) for point in range(first, last + 1) if last < 0xFFFF
    }
