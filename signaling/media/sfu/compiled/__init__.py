"""The forwarder's modules as machine code where they were compiled: one source, a third less work for each packet.

The compiled form belongs to exactly one text of the sources and one Python: after every edit the sources themselves
are what runs, until they are compiled again (``python -m signaling.media.sfu.compiled``).
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
import platform
import sys
import sysconfig
from collections.abc import MutableSequence
from functools import cache
from pathlib import Path

FORWARDER = Path(__file__).resolve().parents[1]
ROOT = FORWARDER.parents[2]
MADE = FORWARDER / "__compiled__"
# They wait rather than compute, read the source of a library, or are read when it is compiled (`calls`).
LEFT = frozenset({"__init__", "calls", "dtls", "embedded", "hooks", "process", "spare", "watched", "wire", "worker"})
SWITCH = "MEDIA_INTERPRETED"  # set to anything: the sources run, for finding faults

log = logging.getLogger(__name__)


def modules() -> list[Path]:
    """The sources that are compiled: whatever computes."""
    return sorted(path for path in FORWARDER.glob("*.py") if path.stem not in LEFT)


def sources() -> list[Path]:
    """What the compiler reads; another text of any of them makes another machine code."""
    media = FORWARDER.parent
    own = [*FORWARDER.glob("*.py"), *FORWARDER.glob("compiled/*.py")]
    return sorted([*media.glob("*.py"), *media.glob("recording/*.py"), *own])


@cache
def folder() -> Path:
    """Where the compiled form of these sources for this Python lies; it is there whole or not at all."""
    digest = hashlib.sha256(f"{platform.python_version()} {sysconfig.get_config_var('SOABI')}".encode())
    for path in sources():
        digest.update(str(path.relative_to(FORWARDER.parent)).encode() + b"\0" + path.read_bytes() + b"\0")
    return MADE / f"{sys.implementation.cache_tag}-{digest.hexdigest()[:16]}"


def library(compiled: Path) -> str:
    """The importable name of the library that holds all modules of this folder."""
    return f"media_{compiled.name.rpartition('-')[2]}__mypyc"


def use(path: MutableSequence[str]) -> None:
    """Have the modules imported from their compiled form, if it is there; `path` is that of the package.

    Before any of them is imported: half of each form would not fit together.
    """
    if not os.environ.get(SWITCH) and folder().is_dir():
        load(folder(), path)


def load(compiled: Path, path: MutableSequence[str]) -> None:
    """Put this folder in front of the sources, unless its library can't be loaded here."""
    sys.path.append(str(compiled))
    try:
        importlib.import_module(library(compiled))
    except ImportError as reason:
        log.warning("the compiled forwarder can't be loaded, its sources run: %s", reason)
        sys.path.remove(str(compiled))
        return
    path.insert(0, str(compiled / FORWARDER.relative_to(ROOT)))


def in_use() -> bool:
    """Whether this process runs the compiled form."""
    return any(name.startswith("media_") and name.endswith("__mypyc") for name in sys.modules)
