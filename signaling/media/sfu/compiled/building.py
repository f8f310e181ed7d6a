"""Making the compiled form: mypyc, which is a part of mypy, turns the sources into C, and the C compiler does the rest."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

from signaling.media.sfu.compiled import MADE, ROOT, folder, library, modules, sources

EXTENSIONS = Path(__file__).with_name("extensions.py")
TRIAL = """
import sys
from pathlib import Path
from signaling.media import sfu
sfu.compiled.load(Path(sys.argv[1]), sfu.__path__)
import signaling.media.sfu._calls, signaling.media.sfu.worker
sys.exit(not sfu.compiled.in_use())
"""


class NotCompiled(Exception):
    """It didn't work; the sources run as before. The text is what the compiler said."""


def missing() -> list[str]:
    """What compiling needs and this machine lacks, by the names of Debian's packages."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    there = {
        "gcc": shutil.which(compiler) is not None,
        "python3-dev": Path(sysconfig.get_path("include"), "Python.h").is_file(),
    }
    return [name for name, is_there in there.items() if not is_there]


def build() -> None:
    """Compile what isn't compiled yet, and remove the forms of former sources. Raises NotCompiled, OSError.

    Made in a folder of its own and renamed, so that nobody ever finds a half of it.
    """
    target = folder()
    if target.is_dir():
        return
    MADE.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix=".building-", dir=MADE) as place:
        whole = _compiled(Path(place), target.name)
        _run([sys.executable, "-c", TRIAL, str(whole)], ROOT)
        try:
            whole.rename(target)
        except OSError:
            if not target.is_dir():  # else somebody else was faster
                raise
    for older in MADE.glob(f"{sys.implementation.cache_tag}-*"):
        if older != target:
            shutil.rmtree(older, ignore_errors=True)


def _compiled(place: Path, name: str) -> Path:
    """Compile a copy of the sources, whose paths are those that people see in a traceback."""
    for source in sources():
        copy = place / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    shutil.copyfile(ROOT / "signaling" / "__init__.py", place / "signaling" / "__init__.py")
    whole = place / name
    names = [str(module.relative_to(ROOT)) for module in modules()]
    _run([sys.executable, "-P", str(EXTENSIONS), library(whole), whole.name, *names], place)
    return whole


def _run(command: list[str], where: Path) -> None:
    ended = subprocess.run(
        command, cwd=where, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if ended.returncode:
        raise NotCompiled(ended.stdout.decode(errors="replace").strip()[-4000:])
