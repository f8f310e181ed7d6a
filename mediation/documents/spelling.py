"""Texts with characters that can't be printed, told by their code point instead: records must never fail for a rare name."""

from pathlib import Path
from typing import Any

from mediation.documents.glyphs import not_printable


def spelled_out(value: Any, font_dir: Path) -> Any:
    """The same value (text, list or dict of them) with 𠮷 as 〔U+20BB7〕 where the font lacks it; carriage returns go.

    Not for what somebody signs: there such a character is refused by name.
    """
    if isinstance(value, str):
        text = value.replace("\r", "")
        for character in not_printable(text, font_dir):
            text = text.replace(character, f"〔U+{ord(character):04X}〕")
        return text
    if isinstance(value, list):
        return [spelled_out(each, font_dir) for each in value]
    if isinstance(value, dict):
        return {key: spelled_out(each, font_dir) for key, each in value.items()}
    return value
