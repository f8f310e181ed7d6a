"""Hits in context: what is marked is what was looked for, whatever the width of its characters."""

import pytest

from mediation.archive.bigrams import indexed, normalised, tokens, words_of
from mediation.archive.excerpts import AROUND, excerpts


def shown(text: str, *words: str) -> str:
    part = {"part": "summary", "number": 0, "text": text}
    (excerpt,) = excerpts([part], [normalised(word) for word in words])
    return "".join(f"[{piece}]" if hit else piece for piece, hit in excerpt.pieces)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("每月探望两次", ["探望"], "每月[探望]两次"),
        ("每月探望两次", ["探望", "两次"], "每月[探望两次]"),
        ("探 望两次", ["探望"], "[探 望]两次"),
        ("（２０２６）青家调", ["(2026)"], "[（２０２６）]青家调"),
        ("Room ABC", ["abc"], "Room [ABC]"),
        ("王芳（王女士）", ["王芳", "女士"], "[王芳]（王[女士]）"),
    ],
)
def test_what_was_looked_for_is_marked(text: str, words: list[str], expected: str) -> None:
    assert shown(text, *words) == expected


def test_far_text_is_left_out() -> None:
    text = "甲" * 50 + "探望" + "乙" * 80 + "接送" + "丙" * 50
    assert shown(text, "探望", "接送") == (
        "…" + "甲" * AROUND + "[探望]" + "乙" * AROUND + "…" + "乙" * AROUND + "[接送]" + "丙" * AROUND + "…"
    )


def test_the_part_with_most_of_the_words_comes_first_and_others_are_not_shown() -> None:
    parts = [
        {"part": "summary", "number": 0, "text": "只有探望"},
        {"part": "clause", "number": 2, "text": "探望和接送"},
        {"part": "reason", "number": 0, "text": "都没有"},
    ]
    assert [(each.part, each.number) for each in excerpts(parts, ["探望", "接送"])] == [("clause", 2), ("summary", 0)]


def test_tokens_are_words_for_every_tokenizer() -> None:
    assert all(token.isascii() and token.isalnum() for token in tokens('王芳"-𠮷%'))
    assert indexed(["王芳", "林"]) == f"{tokens('王芳')[0]} 0 "


def test_words_are_folded_few_and_never_empty() -> None:
    assert words_of("  探望　ＡＢ  探望 ") == ["探望", "ab"]
    assert words_of("\u3000") == []
    assert len(words_of(" ".join(map(str, range(50))))) == 8
