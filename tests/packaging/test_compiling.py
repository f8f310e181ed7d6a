"""The compiled form of the forwarder: of exactly these sources, whole or not there, and never a reason not to run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from signaling.media.sfu import compiled
from tools.debian import in_ci

ROOT = Path(__file__).resolve().parents[2]
SFU = Path("signaling/media/sfu")
FORM = "from signaling.media.sfu import compiled, floods; print(compiled.in_use(), floods.__file__)"
# Two modules take some seconds, all of them half a minute.
BUILD = """
from signaling.media.sfu.compiled import FORWARDER, building
building.modules = lambda: [FORWARDER / "floods.py", FORWARDER / "numbering.py"]
building.build()
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the sources with their compiled form."""
    if not compiled.folder().is_dir():
        (pytest.fail if in_ci() else pytest.skip)("the forwarder isn't compiled here: make ready-test says why")
    left = shutil.ignore_patterns("__pycache__", "__compiled__")
    shutil.copytree(ROOT / "signaling", tmp_path / "signaling", ignore=left)
    shutil.copytree(compiled.folder(), tmp_path / compiled.folder().relative_to(ROOT))
    return tmp_path


def python(checkout: Path, *words: str, fails: bool = False) -> str:
    """Run this Python in the checkout; what it printed, errors included."""
    env = {name: value for name, value in os.environ.items() if name != compiled.SWITCH}
    ended = subprocess.run(
        [sys.executable, *words],
        cwd=checkout,
        env=env,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert bool(ended.returncode) is fails, ended.stdout
    return ended.stdout


def edit(checkout: Path, module: str, line: str) -> None:
    path = checkout / SFU / module
    path.write_text(f"{path.read_text()}\n{line}\n")


def made(checkout: Path) -> list[str]:
    return sorted(path.name for path in (checkout / SFU / "__compiled__").iterdir())


@pytest.mark.parametrize("module", ["floods.py", "embedded.py", "../engine.py"])
def test_an_edited_source_is_what_runs(checkout: Path, module: str) -> None:
    assert python(checkout, "-c", FORM).startswith("True")
    edit(checkout, module, "EDITED = True")
    assert python(checkout, "-c", FORM) == f"False {checkout / SFU / 'floods.py'}\n"


def test_a_half_made_folder_is_not_used(checkout: Path) -> None:
    whole = checkout / SFU / "__compiled__" / compiled.folder().name
    half = whole.parent / ".building-1234"
    half.mkdir()
    whole.rename(half / whole.name)
    assert python(checkout, "-c", FORM).startswith("False")


def test_a_library_that_cannot_be_loaded_is_left_alone(checkout: Path) -> None:
    (library,) = (checkout / SFU / "__compiled__" / compiled.folder().name).glob("*.so")
    library.write_bytes(b"of another machine")
    told = python(checkout, "-c", FORM)
    assert "its sources run" in told
    assert f"False {checkout / SFU / 'floods.py'}\n" in told


def test_what_cannot_be_compiled_is_told_and_leaves_nothing(checkout: Path) -> None:
    former = made(checkout)
    edit(checkout, "floods.py", "def half(:")
    told = python(checkout, "-m", "signaling.media.sfu.compiled", fails=True)
    assert "could not be compiled" in told
    assert f"{SFU}/floods.py" in told
    assert made(checkout) == former


def test_nothing_is_compiled_twice(checkout: Path) -> None:
    name = compiled.folder().name
    assert python(checkout, "-m", "signaling.media.sfu.compiled") == f"compiled {name}\n"
    assert python(checkout, "-m", "signaling.media.sfu.compiled", "--state") == f"compiled {name}\n"
    assert made(checkout) == [name]


def test_new_sources_are_compiled_and_take_the_place_of_the_former(checkout: Path) -> None:
    former = made(checkout)
    edit(checkout, "floods.py", "EDITED = True")
    python(checkout, "-c", BUILD)
    told = python(checkout, "-c", f"{FORM}; print(floods.EDITED)")
    assert told.startswith(f"True {checkout / SFU / '__compiled__'}")
    assert told.endswith("\nTrue\n")
    assert len(made(checkout)) == 1
    assert made(checkout) != former
