"""Debian and Ubuntu packages: which are missing, how to install them, and installing them when we may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from ctypes.util import find_library
from pathlib import Path

from tools.progress import run, say, stop

# An ordinary user's PATH lacks the folders of system programs.
_SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


def _command(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name, path=_SEARCHED) for name in names)


def _library(name: str) -> Callable[[], bool]:
    folders = (Path("/lib"), Path("/usr/lib"), Path("/usr/lib64"))
    return lambda: any(next(folder.glob(f"{where}{name}"), None) for folder in folders for where in ("", "*/"))


def _postgres_server() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or shutil.which("initdb") is not None


def _python_headers() -> bool:
    """The package has those of Debian's own Python; another one comes with them or can't get them from here."""
    return not sys.executable.startswith("/usr/bin/") or Path(sysconfig.get_path("include"), "Python.h").is_file()


def _chinese_font() -> bool:
    names = ("DroidSansFallback*.ttf", "NotoSansCJK*", "NotoSerifCJK*", "wqy-*")
    return any(next(folder.rglob(name), None) for folder in FONT_FOLDERS if folder.is_dir() for name in names)


# Ubuntu has Chromium under another name, as a snap.
_UBUNTU = {"chromium": "chromium-browser"}

# What the tests drive besides Python: package name and how to see that it is there already.
TEST_PACKAGES: dict[str, Callable[[], bool]] = {
    "chromium": _command("chromium", "chromium-browser", "google-chrome"),
    "fonts-droid-fallback": _chinese_font,
    "gcc": _command("gcc"),
    "libical3": lambda: find_library("ical") is not None,
    "libatomic1": _library("libatomic.so.1"),  # the Node.js inside Playwright needs it
    "postgresql": _postgres_server,
    "poppler-utils": _command("pdftotext"),
    "python3-dev": _python_headers,
}
# Installing most of them also starts servers, which is nothing to do to somebody's own machine; the rest serves tests that
# only root can run.
CI_PACKAGES: dict[str, Callable[[], bool]] = {
    "coturn": _command("turnserver"),
    "iproute2": _command("ip"),
    "janus": _command("janus"),
    "nftables": _command("nft"),
    "nginx-light": _command("nginx"),
}


def in_ci() -> bool:
    """Whether this is continuous integration, where a missing service is a failure."""
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def install_command(packages: Iterable[str]) -> str:
    """The line a person types to install these packages."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install -y {' '.join(packages)}"


def install_missing(needed: dict[str, Callable[[], bool]], purpose: str) -> None:
    """Install what is missing when that is allowed; otherwise name it with the command.

    In continuous integration (CI=true) what can't be installed ends the set-up; at a desk the tests that need it
    are skipped with the reason.
    """
    names = _UBUNTU if _is_ubuntu() else {}
    missing = [names.get(name, name) for name, there in needed.items() if not there()]
    if not missing:
        return
    prefix = _apt_prefix()
    if prefix is None:
        text = f"{purpose} need {', '.join(missing)}. Install with:\n    {install_command(missing)}"
        if in_ci():
            stop(text)
        say(f"{text}\n    Without it the tests that need it are skipped.")
        return
    say(f"installing for {purpose}: {' '.join(missing)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    failing = f"the packages could not be installed; try by hand:\n    {install_command(missing)}"
    run([*prefix, "apt-get", "update", "-q"], "the package lists could not be fetched", env=env, attempts=3)
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing]
    run([*prefix, *install], failing, env=env, attempts=3)


def _is_ubuntu() -> bool:
    about = Path("/etc/os-release")
    return about.is_file() and "\nID=ubuntu\n" in f"\n{about.read_text()}"


def _apt_prefix() -> list[str] | None:
    """How apt-get may be called here: directly as root, through sudo without a password, or not at all."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    ):
        return ["sudo", "-n"]
    return None
