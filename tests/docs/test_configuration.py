"""docs/configuration.md names every setting, its default, and nothing that isn't one."""

import re
from pathlib import Path

from mediation.config import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "configuration.md").read_text()
SETTINGS = TEXT.partition("## Building and testing")[0]
_ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", re.M)
_READ = re.compile(r"""os\.(?:environ(?:\.get)?|getenv)[(\[]\s*["'](\w+)""")


def test_every_setting_is_documented_and_nothing_else() -> None:
    rows = [name for name, _, _ in _ROW.findall(SETTINGS)]
    assert sorted(rows) == sorted(name.upper() for name in Settings.model_fields)


def test_the_defaults_are_the_documented_ones() -> None:
    documented = {name: default.strip("`") for name, default, _ in _ROW.findall(SETTINGS) if default[0] == "`"}
    documented.pop("MEDIA_ADDRESS")  # depends on HOST
    real = {name.upper(): str(field.default) for name, field in Settings.model_fields.items()}
    assert documented == {name: real[name] for name in documented}


def test_no_module_reads_a_setting_past_config() -> None:
    read = {
        name
        for folder in ("mediation", "signaling")
        for path in (ROOT / folder).rglob("*.py")
        for name in _READ.findall(path.read_text())
    }
    assert read <= {"PYTHONPATH", "CC"}  # handed on to the media worker, to the compiler
