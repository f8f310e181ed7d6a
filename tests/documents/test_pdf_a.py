"""Every document is PDF/A-2b in its structure; and the check of that sees what is not."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import typst
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from mediation.config import Settings
from mediation.documents.typesetting import FOLDER, typeset
from tests.documents.pdf_a import faults
from tests.documents.test_typesetting import agreement

FONTS = Settings().font_dir
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
MINUTES: dict[str, Any] = {
    "number": "(2026)青家调0318号 第1次", "site": "青禾市家事调解工作站", "about": [["案号", "(2026)青家调0318号"]],
    "attendance": [{"name": "王芳", "role": "申请人", "times": "14:00 – 15:00", "identity": "身份证"}],
    "sections": [{"title": "双方没有争议的事实", "text": "双方有一个孩子。"}, {"title": "结果", "text": ""}],
    "recorded": "本次调解没有录音录像。", "writers": "潘秀兰", "final_at": "2026年11月21日 星期六 16:05", "content_hash": "ab" * 32,
}  # fmt: skip
RECORD: dict[str, Any] = {
    "number": "(2026)青家调0318号", "site": "青禾市家事调解工作站", "closed_at": "2026年11月21日 16:10", "title": "到场记录",
    "sections": [
        {"title": "第 1 次", "columns": ["姓名", "身份"], "rows": [["王芳", "申请人"]], "facts": [], "text": ""},
        {"title": "", "columns": [], "rows": [], "facts": [["结果", "达成协议"]], "text": "一\n二"},
    ],
}  # fmt: skip
DOCUMENTS = {"agreement.typ": agreement(), "minutes.typ": MINUTES, "record.typ": RECORD}


@pytest.mark.parametrize("template", DOCUMENTS)
async def test_every_document_is_pdf_a_2b_in_its_structure(template: str) -> None:
    assert faults(await typeset(template, DOCUMENTS[template], font_dir=FONTS, at=AT)) == []


def test_every_template_is_among_them() -> None:
    assert {path.name for path in FOLDER.glob("*.typ")} == {*DOCUMENTS, "letter.typ"}


def spoiled(content: bytes, spoil: Callable[[PdfWriter], None]) -> bytes:
    """The document with something done to it."""
    writer = PdfWriter(clone_from=io.BytesIO(content))
    spoil(writer)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def without_fonts(writer: PdfWriter) -> None:
    """As if the fonts were the reader's own."""
    for each in writer._objects:
        if isinstance(each, DictionaryObject):
            for key in ("/FontFile", "/FontFile2", "/FontFile3"):
                each.pop(key, None)


def with_piece(**entries: str) -> Callable[[PdfWriter], None]:
    """With one more dictionary of these names."""
    names = {NameObject(f"/{key}"): NameObject(f"/{value}") for key, value in entries.items()}

    def add(writer: PdfWriter) -> None:
        writer._root_object[NameObject("/Piece")] = ArrayObject([writer._add_object(DictionaryObject(names))])

    return add


async def test_the_check_sees_what_is_none() -> None:
    made = await typeset("record.typ", RECORD, font_dir=FONTS, at=AT)
    assert [fault for fault in faults(spoiled(made, lambda writer: None)) if "6.1.2" not in fault] == []
    for spoil, fault in (
        (with_piece(S="JavaScript"), "6.5.1: /JavaScript"),
        (lambda writer: writer.encrypt("", "secret", algorithm="RC4-128"), "forbidden: /Encrypt"),
        (lambda writer: writer.add_attachment("a.txt", b"x"), "forbidden: /EmbeddedFiles"),
        (lambda writer: writer._root_object.pop("/OutputIntents"), "6.2.3: no output intent"),
        (lambda writer: writer._root_object.pop("/Metadata"), "6.6.4: pdfaid:part"),
        (without_fonts, "6.2.11.4.1"),
        (with_piece(BM="Own"), "6.2.10: /Own"),
        (with_piece(Filter="LZWDecode", OPI="x"), "forbidden: /OPI"),
    ):
        found = faults(spoiled(made, spoil))
        assert any(each.startswith(fault) for each in found), (fault, found)


def test_a_plain_pdf_is_none() -> None:
    plain = typst.compile(b"plain")
    assert isinstance(plain, bytes)
    assert {"6.2.3: no output intent", "6.6.4: pdfaid:part"} <= set(faults(plain))
