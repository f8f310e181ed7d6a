"""A document is made once, readable, searchable, with its fonts inside; what people wrote comes out literally."""

import asyncio
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from mediation.config import Settings
from mediation.documents import typesetting
from mediation.documents.glyphs import not_printable, require_printable
from mediation.documents.typesetting import typeset
from mediation.errors import Invalid, Unavailable

FONTS = Settings().font_dir
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def agreement(**other: Any) -> dict[str, Any]:
    """What the template asks for, in small."""
    drawn = {"width": 340, "height": 230, "strokes": [[[20, 30], [200, 40]], [[100, 10], [90, 200]], [[5, 5]]]}
    return {
        "number": "(2026)青家调0318号-1", "site": "青禾市家事调解工作站", "mediator": "潘秀英", "organisation": "青禾市妇联",
        "kind": "探望", "facts": "", "version": 3, "confirmable": True, "content_hash": "ab" * 32,
        "effective_at": "2026年11月21日 16:05", "offered_at": "2026年11月21日 15:40",
        "parties": [
            {"role": "申请人", "name": "王芳", "called": "王女士"},
            {"role": "被申请人", "name": "林国栋", "called": "林先生"},
        ],
        "clauses": [
            {"number": 1, "title": "探望", "text": "每月第二个星期六上午9点,林先生送孩子。", "dates": ["2026年12月12日"]},
            {"number": 2, "title": "其他", "text": "双方不在孩子面前争吵。", "dates": []},
        ],
        "signatures": [
            {"role": "申请人", "name": "王芳", "drawn": drawn, "at": "16:00", "manner": "手写签名"},
            {"role": "被申请人", "name": "林国栋", "drawn": None, "at": "16:05", "manner": "验证码确认"},
        ],
        **other,
    }  # fmt: skip


async def printed(tmp_path: Path, **other: Any) -> Path:
    """The document as a file."""
    path = tmp_path / "agreement.pdf"
    path.write_bytes(await typeset("agreement.typ", agreement(**other), font_dir=FONTS, at=AT))
    return path


def text_of(path: Path) -> str:
    """What pdftotext reads, without the line breaks of the layout."""
    return subprocess.run(["pdftotext", path, "-"], check=True, capture_output=True, text=True).stdout.replace("\n", "")


async def test_text_is_found_and_fonts_are_inside(tmp_path: Path) -> None:
    path = await printed(tmp_path)
    text = text_of(path)
    for expected in ("调解协议书", "王芳", "林国栋", "每月第二个星期六上午9点,林先生送孩子。", "ab" * 32):
        assert expected in text
    rows = subprocess.run(["pdffonts", path], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
    assert rows
    for row in rows:
        embedded, _subset, unicode_map = row.split()[-5:-2]
        assert (embedded, unicode_map) == ("yes", "yes"), row


async def test_it_says_that_it_is_pdf_a_2b_and_has_a_title(tmp_path: Path) -> None:
    reader = PdfReader(await printed(tmp_path))
    xmp = reader.trailer["/Root"]["/Metadata"].get_data().decode()  # type: ignore[index]
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert "调解协议书" in xmp
    assert reader.trailer["/Root"]["/OutputIntents"]  # type: ignore[index]
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"  # type: ignore[index]


async def test_equal_input_gives_equal_bytes() -> None:
    once = await typeset("agreement.typ", agreement(), font_dir=FONTS, at=AT)
    assert await typeset("agreement.typ", agreement(), font_dir=FONTS, at=AT) == once


@pytest.mark.parametrize(
    "hostile",
    [
        '#read("/etc/passwd")', '#eval("1+1")', '"] #panic("x")', "$x^2$ *a* _b_ `c` <label> @ref", r"\u{41} \ /*no*/ //no",
        "<script>alert(1)</script> &amp;", "%{x} {{ y }} {0}", "'; DROP TABLE agreement; -- x",
    ],
)  # fmt: skip
async def test_what_people_wrote_comes_out_literally(tmp_path: Path, hostile: str) -> None:
    clause = {"number": 1, "title": hostile, "text": f"前{hostile}后", "dates": []}
    text = text_of(await printed(tmp_path, clauses=[clause], facts=hostile))
    squeezed = hostile.replace(" ", "")
    assert text.replace(" ", "").count(squeezed) == 3


async def test_ten_thousand_characters_are_all_there(tmp_path: Path) -> None:
    clause = {"number": 1, "title": "长", "text": "好" * 9_999 + "完", "dates": []}
    text = text_of(await printed(tmp_path, clauses=[clause]))
    assert text.count("好") == 9_999


async def test_a_name_that_the_font_lacks_is_refused_by_name() -> None:
    parties = [{"role": "申请人", "name": "𠮷野😀", "called": "吉野"}]
    with pytest.raises(Invalid) as refused:
        await typeset("agreement.typ", agreement(parties=parties), font_dir=FONTS, at=AT)
    assert refused.value.code == "missing_glyph"
    assert "𠮷 (U+20BB7)" in str(refused.value.values["characters"])


def test_every_character_of_gbk_can_be_printed() -> None:
    ideographs = bytes(range(0x81, 0xFF))
    text = "".join(
        bytes([high, low]).decode("gbk", errors="ignore") for high in ideographs for low in range(0x40, 0xFF)
    )
    chinese = "".join(character for character in text if "\u4e00" <= character <= "\u9fa5")
    assert len(chinese) == 20_902
    assert not_printable(chinese + "王女士,。:;?“”《》0123abcXYZ\n", FONTS) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("𠮷", "𠮷 (U+20BB7)"), ("a\x07b", "U+0007"), ("王\u202e芳", "U+202E"), ("零\u200b宽", "U+200B"),
        ("左\u200f右", "U+200F"), ("\ue000", "U+E000"), ("😀", "😀 (U+1F600)"), ("\ufeff", "U+FEFF"),
    ],
)  # fmt: skip
def test_what_nobody_could_see_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_printable(text, FONTS)
    assert (refused.value.code, refused.value.values) == ("missing_glyph", {"characters": named})


async def test_it_ends_in_time_and_leaves_no_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "press.py"
    slow.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(typesetting, "_PRESS", slow)
    before = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable, match="typesetting"):
        await typeset("agreement.typ", agreement(), font_dir=FONTS, at=AT, seconds=0.5)
    assert asyncio.get_running_loop().time() - before < 5
    assert not subprocess.run(["pgrep", "-f", str(slow)], capture_output=True, check=False).stdout


async def test_without_the_font_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="font_missing"):
        await typeset("agreement.typ", agreement(), font_dir=tmp_path, at=AT)
