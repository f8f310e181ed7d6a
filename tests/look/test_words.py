"""How Chinese is written: full-width punctuation, none of the office's words."""

from pathlib import Path

import pytest

from mediation.i18n import FOLDER, catalogue
from tools.chinese_punctuation import mended, mended_file

CATALOGUES = sorted((FOLDER / "zh").glob("*.po"))
OFFICE_WORDS = ("系统", "用户", "请知悉", "失败!", "失败\uff01", "她/他", "他/她")


@pytest.mark.parametrize("path", CATALOGUES, ids=[path.stem for path in CATALOGUES])
def test_punctuation_is_full_width(path: Path) -> None:
    assert mended_file(path) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", CATALOGUES, ids=[path.stem for path in CATALOGUES])
def test_no_office_words(path: Path) -> None:
    said = catalogue("zh", path.stem).values()
    assert [text for text in said if any(word in text for word in OFFICE_WORDS)] == []


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("您好,请坐", "您好\uff0c请坐"),
        ("几点? 2:30", "几点\uff1f 2:30"),
        ("%(name)s,您好", "%(name)s\uff0c您好"),
        ("{name}说:好", "{name}说\uff1a好"),
        ("可以不填(选填)", "可以不填\uff08选填\uff09"),
        ("(2026)青家调 0318 号", "(2026)青家调 0318 号"),
        ("Hello, world", "Hello, world"),
    ],
)
def test_mended(written: str, better: str) -> None:
    assert mended(written) == better
