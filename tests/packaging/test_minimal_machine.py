"""`make run` in a fresh clone on a Debian with Python, git and make only.

Not part of `make test`: it needs root, debootstrap and some 300 MB of downloads. `make test-minimal` runs it.
"""

import os
import re
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.minimal_machine import MinimalMachine, make_machine
from tests.services.programs import missing
from tests.services.workstation import Workstation, start_workstation

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.minimal, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def machine() -> Iterator[MinimalMachine]:
    """One machine for these tests, which follow each other on it."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        missing("debootstrap, as root,")
    # Not in pytest's own folder: an ordinary person can't enter that.
    folder = Path(tempfile.mkdtemp(prefix="minimal-machine-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        yield make_machine(folder / "root", ROOT)
    finally:
        shutil.rmtree(folder)


def start(machine: MinimalMachine, folder: Path, wait: float) -> Workstation:
    """`make run` inside, with its data in the clone, as by default."""
    return start_workstation(
        lambda settings: machine.command("make -C mediation run", settings), folder, {"DATA_DIR": "var"}, wait
    )


def test_a_missing_system_package_is_named_with_its_command(machine: MinimalMachine) -> None:
    refused = machine.run("make -C mediation run")
    assert refused.returncode != 0
    (command,) = re.findall(r"^ +sudo (apt-get install .*)$", refused.stdout, re.M)
    assert machine.run("apt-get update -q", user="0:0").returncode == 0
    installed = machine.run(command, user="0:0")
    assert installed.returncode == 0, installed.stdout


def test_first_start_and_ctrl_c(machine: MinimalMachine, tmp_path: Path) -> None:
    station = start(machine, tmp_path, wait=600)
    try:
        time.sleep(1)  # the address and the logins follow the first answer
        printed = station.printed()
        assert station.url in printed
        assert printed.count("apt-get install -y gcc python3-dev") == 1, "media run without, and it says so"
        assert printed.count(f"{station.url}/") >= 2, "today's join links"
        with urllib.request.urlopen(f"{station.url}/static/vendor/socket.io.esm.min.js") as answer:
            assert answer.status == 200
        assert machine.processes()
    finally:
        station.stop()
    assert machine.processes() == []


def test_a_later_start_is_healthy_within_ten_seconds(machine: MinimalMachine, tmp_path: Path) -> None:
    began = time.monotonic()
    station = start(machine, tmp_path, wait=60)
    took = time.monotonic() - began
    station.stop()
    assert took <= 10
    assert machine.processes() == []
