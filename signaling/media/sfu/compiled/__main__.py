"""``python -m signaling.media.sfu.compiled``: compile the forwarder for this Python; ``--state`` only says how it is."""

from __future__ import annotations

import os
import sys

from signaling.media.sfu.compiled import SWITCH, folder
from signaling.media.sfu.compiled.building import NotCompiled, build, missing


def state() -> str:
    """One line for the set-up: "off", "compiled NAME", "possible NAME" or "needs PACKAGE…"."""
    if os.environ.get(SWITCH):
        return "off"
    if folder().is_dir():
        return f"compiled {folder().name}"
    lacking = missing()
    return f"needs {' '.join(lacking)}" if lacking else f"possible {folder().name}"


def main() -> None:
    """Compile, or say what is missing."""
    if sys.argv[1:] == ["--state"]:
        sys.stdout.write(f"{state()}\n")
        return
    if sys.argv[1:]:
        sys.exit("usage: python -m signaling.media.sfu.compiled [--state]")
    if missing():
        sys.exit(f"compiling needs {' and '.join(missing())}")
    try:
        build()
    except (NotCompiled, OSError) as reason:
        sys.exit(f"the forwarder could not be compiled, its sources run:\n{reason}")
    sys.stdout.write(f"{state()}\n")


if __name__ == "__main__":
    main()
