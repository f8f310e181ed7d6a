"""The virtual environment and the packages that the locks name, checked against their hashes."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from tools.debian import install_command
from tools.progress import ROOT, VENV, done, fingerprint, remember, run, run_counting, say, stop

OLDEST = (3, 11)
PYTHON = VENV / "bin" / "python"
# The lock of the tests names everything that the runtime lock names, at the same versions.
LOCKS = {
    "run": "requirements.lock",
    "test": "requirements-test.lock",
    "compile": "requirements-compile.lock",
    "node": "requirements-node.lock",
}


def require_python() -> None:
    """Stop unless this interpreter is new enough to run the workstation."""
    if sys.version_info < OLDEST:
        have = ".".join(map(str, sys.version_info[:3]))
        stop(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {have}.\n"
            "If a newer one is installed, name it: make run PYTHON=python3.12"
        )


def prepare_venv() -> None:
    """Make `.venv` with pip in it, or keep the one that already works."""
    if not _works(PYTHON):
        missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
        if missing:
            stop(
                f"Python's {' and '.join(missing)} is not installed on this machine. Install it with:\n"
                f"    {install_command(_venv_packages())}"
            )
        say(f"making a virtual environment in {VENV.name}/")
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", str(VENV)], "the virtual environment could not be made")
    if not (VENV / "lib").is_dir() or not any(VENV.glob("lib/python3*/site-packages/pip")):
        run([str(PYTHON), "-m", "ensurepip", "--upgrade"], "pip could not be put into .venv")


def install(which: str) -> None:
    """Install the packages of one lock ("run", "test", "compile" or "node"), unless they are there already.

    Every file is compared with the SHA-256 in the lock; only wheels are taken, so no package is compiled and none of its
    code runs while it is installed.
    """
    lock = ROOT / LOCKS[which]
    mark = fingerprint([lock, VENV / "pyvenv.cfg"])
    stamp = VENV / f"installed-{which}"
    if done(stamp, mark):
        return
    total = lock.read_text().count("==")
    say(f"installing the {total} Python packages of {lock.name} (some minutes the first time)")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]
    options = ["--require-hashes", "--only-binary", ":all:", "--progress-bar", "off", "-r", str(lock)]
    failing = f"the packages of {lock.name} could not be installed"
    run_counting(pip + options, ("Collecting ", "Processing "), total, failing)
    remember(stamp, mark)


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    probe = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    return subprocess.run([str(python), "-c", probe], check=False, capture_output=True).returncode == 0


def _venv_packages() -> list[str]:
    debian_python = sys.executable.startswith("/usr/bin/")
    return [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv" if debian_python else "python3-venv"]
