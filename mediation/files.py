"""Files that are there whole or not at all, whenever the power goes."""

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, content: bytes, mode: int = 0o640) -> None:
    """Write `content` to `path`: temporary file, fsync, rename, fsync of the folder."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def make_folder(path: Path, mode: int = 0o777) -> None:
    """The folder, made with those above it where they are missing; each new name is written through to the disk."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True, mode=mode)
    for each in missing:
        _sync(each.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
