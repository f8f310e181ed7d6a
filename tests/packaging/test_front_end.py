"""What the pages and the documents ask for below static/vendor is there and is what it says."""

import pytest
from fontTools.ttLib import TTFont

from tools.front_end import SERVED, VENDOR


@pytest.mark.parametrize("name", sorted(SERVED.values()))
def test_it_is_there(name: str) -> None:
    assert (VENDOR / name).stat().st_size > 10_000


def test_socket_io_is_an_es_module() -> None:
    source = (VENDOR / "socket.io.esm.min.js").read_text()
    assert "export{" in source.replace(" ", "")


def test_the_font_has_every_character_of_gbk() -> None:
    have = TTFont(VENDOR / "fonts" / "NotoSansSC-Regular.ttf").getBestCmap()
    gbk = {bytes((high, low)).decode("gbk", "ignore") for high in range(0x81, 0xFF) for low in range(0x40, 0xFF)}
    ideographs = {one for one in gbk if len(one) == 1 and "\u4e00" <= one <= "\u9fa5"}
    assert len(ideographs) == 20902
    assert sorted(one for one in ideographs if ord(one) not in have) == []
