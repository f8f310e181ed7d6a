"""Whether a sealed file is the one that was filed: by its length, and by the SHA-256 of all its bytes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checksum:
    """What is remembered of a file: `size` in bytes, `sha256` in hex."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "Checksum":
        """Read the whole file. Raises OSError."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return cls(file.tell(), digest.hexdigest())

    def holds(self, path: Path, *, every_byte: bool) -> bool:
        """Whether the file is there with this length and, if every byte is to be read, this SHA-256."""
        try:
            return path.stat().st_size == self.size and (not every_byte or Checksum.of(path) == self)
        except OSError:
            return False
