"""What style sheets and templates may hold."""

import re
from pathlib import Path

import pytest

from mediation.config import STATIC_DIR, TEMPLATES_DIR

SHEETS = sorted((STATIC_DIR / "css").glob("*.css"))
TEMPLATES = sorted(TEMPLATES_DIR.rglob("*.html"))
MODULES = [path for path in sorted((STATIC_DIR / "js").rglob("*.js")) if "vendor" not in path.parts]
TOKENS = (STATIC_DIR / "css" / "tokens.css").read_text(encoding="utf-8")
SPRITE = (STATIC_DIR / "icons" / "sprite.svg").read_text(encoding="utf-8")

# Puts in fragments of our own pages, escaped by their templates.
RENDERED_BY_THE_SERVER = {"desk_panels.js", "panels.js", "watching.js"}


def _ids(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


@pytest.mark.parametrize("sheet", SHEETS, ids=_ids(SHEETS))
def test_sheet_uses_tokens(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    colours = set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text))
    if sheet.name == "print.css":
        colours -= {"#000", "#fff"}
    assert sheet.name == "tokens.css" or colours == set()
    defined = set(re.findall(r"(--[\w-]+):", TOKENS))
    assert set(re.findall(r"var\((--[\w-]+)\)", text)) <= defined
    assert set(re.findall(r"font-weight:\s*([\w-]+)", text)) <= {"400", "700"}
    assert "italic" not in text
    assert "@font-face" not in text
    assert "infinite" not in text


@pytest.mark.parametrize("template", TEMPLATES, ids=[str(path.relative_to(TEMPLATES_DIR)) for path in TEMPLATES])
def test_template_has_nothing_inline(template: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text)
    assert not re.search(r"<script(?![^>]*(\bsrc=|application/json))", text)


@pytest.mark.parametrize("template", TEMPLATES, ids=[str(path.relative_to(TEMPLATES_DIR)) for path in TEMPLATES])
def test_template_uses_icons_that_exist(template: Path) -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', SPRITE))
    text = template.read_text(encoding="utf-8")
    assert (
        set(re.findall(r"""icon\(["']([\w-]+)["']""", text)) | set(re.findall(r"""\bicon=["']([\w-]+)["']""", text))
        <= known
    )


@pytest.mark.parametrize("module", MODULES, ids=_ids(MODULES))
def test_module_makes_no_markup_from_text(module: Path) -> None:
    if module.name in RENDERED_BY_THE_SERVER:
        return
    text = module.read_text(encoding="utf-8")
    assert not re.search(
        r"\.(inner|outer)HTML\s*\+?=(?!=)|insertAdjacentHTML|document\.write|\beval\(|new Function\(", text
    )
