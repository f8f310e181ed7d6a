"""Words as pairs of neighbouring characters: how two Chinese characters find a name on every database.

SQLite's own tokenizers find no two-character Chinese word, PostgreSQL's none without an extension (both measured). Pure.
"""

import itertools
import unicodedata

_BORDER = "0"  # between two texts, so that no phrase reaches from one into the next


def normalised(text: str) -> str:
    """How texts are compared: full-width forms and capitals folded, white space gone."""
    return "".join(map(_folded, text))


def positions(text: str) -> tuple[str, list[int]]:
    """The normalised text, and for each of its characters where in `text` it came from."""
    folded = [_folded(character) for character in text]
    origin = [index for index, part in enumerate(folded) for _ in part]
    return "".join(folded), origin


def tokens(text: str) -> list[str]:
    """The pairs of a normalised text, in order, as words of letters and digits that every tokenizer keeps whole."""
    return [f"{ord(first):06x}{ord(second):06x}" for first, second in itertools.pairwise(text)]


def indexed(texts: list[str]) -> str:
    """What the index holds of these normalised texts."""
    return f" {_BORDER} ".join(" ".join(tokens(text)) for text in texts)


def words_of(query: str, limit: int = 8) -> list[str]:
    """The normalised words that somebody looks for; all of them have to be found."""
    return list(dict.fromkeys(filter(None, map(normalised, query.split()))))[:limit]


def _folded(character: str) -> str:
    return "".join(unicodedata.normalize("NFKC", character).casefold().split())
