"""Read a sealed file (its format: docs/media.md): chunk by chunk, each only if it is authentic and in its place."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mediation.errors import Unavailable

MAGIC = b"MWREC1\r\n"
HEAD = struct.Struct("!IB")
LONGEST = 64 << 20  # bytes of a chunk; more is no length but damage


@dataclass(frozen=True)
class Chunk:
    """A chunk that was opened: its table of contents, its cluster, whether the file ends with it."""

    contents: dict[str, Any]
    cluster: bytes
    last: bool


@dataclass(frozen=True)
class Place:
    """Where a chunk lies in its file: `offset` of its sealed bytes, their length, the mark of the last."""

    number: int
    offset: int
    length: int
    last: bool


class SealedFile:
    """A file that was written by the media engine, and its key."""

    def __init__(self, path: Path, ident: str, key: bytes) -> None:
        self._path, self._ident, self._key = path, ident.encode(), AESGCM(key)

    def places(self) -> Iterator[Place]:
        """The chunks that are there whole, in order. Raises Unavailable("recording_lost") without the file."""
        try:
            with self._path.open("rb") as file:
                if file.read(len(MAGIC)) != MAGIC:
                    return
                size, offset, number = self._path.stat().st_size, len(MAGIC), 0
                while len(head := file.read(HEAD.size)) == HEAD.size:
                    length, last = HEAD.unpack(head)
                    offset += HEAD.size
                    if length > LONGEST or offset + length > size:
                        return
                    yield Place(number, offset, length, bool(last))
                    offset, number = offset + length, number + 1
                    file.seek(offset)
        except FileNotFoundError:
            raise Unavailable(
                "recording_lost", "This recording is not where it was put. Please tell an administrator."
            ) from None

    def open(self, place: Place) -> Chunk:
        """Decrypt one chunk. Raises Unavailable("recording_altered"): never gives other bytes."""
        try:
            with self._path.open("rb") as file:
                file.seek(place.offset)
                sealed = file.read(place.length)
            nonce = struct.pack("!IQ", 0, place.number)
            authenticated = MAGIC + self._ident + struct.pack("!QB", place.number, place.last)
            content = self._key.decrypt(nonce, sealed, authenticated)
        except (InvalidTag, OSError):
            raise Unavailable(
                "recording_altered", "This recording was altered. Please tell an administrator."
            ) from None
        (length,) = struct.unpack_from("!I", content)
        return Chunk(json.loads(content[4 : 4 + length]), content[4 + length :], place.last)
