"""`make run`: what it prints, how fast a later start is, and that Ctrl-C ends everything that it started."""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.services.workstation import Workstation, start_workstation

ROOT = Path(__file__).resolve().parents[2]
MAKE = [shutil.which("make") or "make", "--no-print-directory", "-C", str(ROOT), "run", f"PYTHON={sys.executable}"]


def gone(station: Workstation, within: float = 3) -> bool:
    """Whether nothing that it started runs any more, at the latest after `within` seconds."""
    deadline = time.monotonic() + within
    while station.processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not station.processes()


@pytest.mark.timeout(180)
def test_two_starts(tmp_path: Path) -> None:
    first = start_workstation(MAKE, tmp_path)
    try:
        assert len(first.processes()) >= 2, "make and the server"
        with urllib.request.urlopen(f"{first.url}/healthz") as answer:
            health = json.load(answer)
        assert {"database", "media", "outbox"} <= set(health)
    finally:
        first.stop()
    assert gone(first)
    assert first.url in first.printed()
    # Three tries, since this machine may be busy with something else.
    assert any(_later_start(tmp_path) <= 10 for _ in range(3))


def _later_start(folder: Path) -> float:
    """Seconds until a later start answers /healthz with 200."""
    began = time.monotonic()
    station = start_workstation(MAKE, folder)
    took = time.monotonic() - began
    station.stop()
    assert gone(station)
    print(f"healthy after {took:.1f} s")
    return took


def test_an_old_interpreter_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    code = "import sys; sys.version_info = (3, 9, 2); sys.argv = ['tools.setup', 'run']; import runpy; "
    old.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c \"{code}runpy.run_module('tools.setup', run_name='__main__')\"\n"
    )
    old.chmod(0o755)
    refused = subprocess.run(["make", "-C", ROOT, "run", f"PYTHON={old}"], check=False, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "Python 3.11 or newer is needed, this is 3.9.2" in refused.stderr
    assert "make run PYTHON=" in refused.stderr


def test_no_interpreter_is_named_with_the_command_that_installs_it() -> None:
    refused = subprocess.run(
        ["make", "-C", ROOT, "run", "PYTHON=python3-that-is-not-there"], check=False, capture_output=True, text=True
    )
    assert refused.returncode != 0
    assert "sudo apt-get install -y python3 python3-venv" in refused.stderr
