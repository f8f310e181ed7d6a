"""Where finished documents lie: under their own SHA-256 in the data folder, whole or not at all."""

import hashlib
from pathlib import Path

from mediation.errors import Unavailable
from mediation.files import write_atomically

FOLDER = "documents"


def keep(data_dir: Path, content: bytes) -> str:
    """Keep the bytes for good; gives their SHA-256. Keeping the same bytes again changes nothing."""
    digest = hashlib.sha256(content).hexdigest()
    path = _path(data_dir, digest)
    if not path.exists():
        write_atomically(path, content)
    return digest


def fetch(data_dir: Path, digest: str) -> bytes:
    """The bytes with this SHA-256.

    Raises Unavailable("document_lost") or Unavailable("document_altered"): never gives other bytes.
    """
    try:
        content = _path(data_dir, digest).read_bytes()
    except FileNotFoundError:
        raise Unavailable(
            "document_lost", "This document is not where it was put. Please tell an administrator."
        ) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise Unavailable("document_altered", "This document was altered. Please tell an administrator.")
    return content


def _path(data_dir: Path, digest: str) -> Path:
    return data_dir / FOLDER / digest[:2] / f"{digest}.pdf"
