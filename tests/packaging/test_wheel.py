"""`pip install .` gives the command `mediation` with templates, static files and catalogues inside."""

import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.services.workstation import start_workstation

ROOT = Path(__file__).resolve().parents[2]
_NOT_SOURCE = shutil.ignore_patterns(".*_cache", "__pycache__", ".git", ".venv", "var", "node_modules", "dist")


def _plant(machine_code: Path) -> None:
    """What was compiled in the checkout is for its machine alone."""
    machine_code.parent.mkdir(parents=True)
    machine_code.write_bytes(b"\x7fELF")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources."""
    source = tmp_path_factory.mktemp("source") / "checkout"
    shutil.copytree(ROOT, source, ignore=_NOT_SOURCE)
    (source / "node_modules").symlink_to(ROOT / "node_modules")
    _plant(source / "signaling" / "media" / "sfu" / "__compiled__" / "cpython-399-0" / "modules" / "room.so")
    build = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "-q", "-w", "dist", "."]
    subprocess.run(build, cwd=source, check=True, stdin=subprocess.DEVNULL)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of a virtual environment in which the wheel is installed.

    Its dependencies are the ones that this test run has, so nothing is fetched again.
    """
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--no-index", "--no-deps", "-q", str(wheel)]
    subprocess.run(install, check=True, stdin=subprocess.DEVNULL)
    (site_packages,) = folder.glob("lib/python3*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def tracked(folder: str, suffix: str) -> set[str]:
    """The files that must be in the wheel, relative to the checkout."""
    return {str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob(f"*{suffix}")}


def test_templates_static_files_and_catalogues_are_inside(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    sources = tracked("mediation", ".py") | tracked("mediation", ".po") | tracked("signaling", ".py")
    assets = {f"mediation/_assets/{name}" for name in tracked("templates", ".*") | tracked("static", ".*")}
    assert sorted((sources | assets) - inside) == []
    assert "mediation/_assets/static/vendor/socket.io.esm.min.js" in inside
    assert "mediation/_assets/static/vendor/fonts/NotoSansSC-Regular.ttf" in inside


def test_only_the_program_is_inside(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mediation", "signaling"}
    assert [name for name in zipfile.ZipFile(wheel).namelist() if "__compiled__" in name] == []


def test_the_installed_command_serves(installed: Path, tmp_path: Path) -> None:
    station = start_workstation([str(installed / "mediation"), "serve"], tmp_path)
    try:
        for path in ("/static/vendor/socket.io.esm.min.js", "/login"):
            with urllib.request.urlopen(station.url + path) as answer:
                assert answer.status == 200, path
    finally:
        assert station.stop() == 0


def test_the_installed_command_explains_itself(installed: Path, tmp_path: Path) -> None:
    asked = [str(installed / "mediation"), "--help"]
    told = subprocess.run(asked, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert all(command in told for command in ("serve", "demo", "create-admin", "journal"))
    where = [str(installed / "python"), "-c", "import mediation.config as c; print(c.TEMPLATES_DIR)"]
    answer = subprocess.run(where, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
    assert answer.startswith(str(installed.parent))
    assert "_assets" in answer
