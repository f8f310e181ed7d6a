"""Where the words were found, in context and marked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mediation.archive.bigrams import normalised, positions

AROUND = 12  # characters of context on each side


@dataclass(frozen=True)
class Excerpt:
    """A piece of a text: which text it is of, and its pieces with whether each was looked for."""

    part: str
    number: int
    pieces: list[tuple[str, bool]]


def excerpts(parts: Sequence[dict[str, Any]], words: Sequence[str], limit: int = 2) -> list[Excerpt]:
    """The first places where these normalised words stand, those that hold most of the words first."""
    hits = [(part, [word for word in words if word in normalised(part["text"])]) for part in parts]
    best = sorted((hit for hit in hits if hit[1]), key=lambda hit: -len(hit[1]))[:limit]
    return [Excerpt(part["part"], part["number"], _pieces(part["text"], held)) for part, held in best]


def _pieces(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    plain, origin = positions(text)
    found = sorted((plain.index(word), word) for word in words)
    spans = _merged([(origin[start], origin[start + len(word) - 1] + 1) for start, word in found])
    first, last = max(0, spans[0][0] - AROUND), min(len(text), spans[-1][1] + AROUND)
    pieces: list[tuple[str, bool]] = [("…", False)] if first else []
    at = first
    for start, end in spans:
        # Between two far hits only what stands beside each is told.
        if start - at > 2 * AROUND:
            pieces.append((f"{text[at : at + AROUND]}…{text[start - AROUND : start]}", False))
        elif start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    pieces.append((text[at:last] + ("…" if last < len(text) else ""), False))
    return [piece for piece in pieces if piece[0]]


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
