"""`python3 -m tools.setup run|check|test`: everything that `make run`, `make check` and `make test` need.

Safe to call again and again, and twice at once: what is done is remembered by the hash of the locks, and one
set-up waits for the other.
"""

from __future__ import annotations

import fcntl
import os
import sys
import time

from tools.compiled_media import compile_media
from tools.debian import CI_PACKAGES, TEST_PACKAGES, in_ci, install_missing
from tools.front_end import install_front_end
from tools.progress import ROOT, say
from tools.python_packages import install, prepare_venv, require_python


def set_up(purpose: str) -> None:
    """Bring the checkout to the state that the purpose ("run", "check" or "test") needs."""
    require_python()
    if purpose == "test":
        install_missing(TEST_PACKAGES | (CI_PACKAGES if in_ci() else {}), "the tests")
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        prepare_venv()
        install("run" if purpose == "run" else "test")
        if purpose != "check":
            install_front_end(for_tests=purpose == "test")
            compile_media()
    finally:
        os.close(folder)


def main() -> None:
    """Read the purpose from the command line and do it."""
    if len(sys.argv) != 2 or sys.argv[1] not in ("run", "check", "test"):
        raise SystemExit("usage: python3 -m tools.setup run|check|test")
    started = time.monotonic()
    set_up(sys.argv[1])
    took = time.monotonic() - started
    if took > 1:
        say(f"set-up took {took:.0f} s; the next start skips it")


if __name__ == "__main__":
    main()
