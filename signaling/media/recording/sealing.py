"""A file that only its key opens, written chunk by chunk; after a crash everything but the last moments is there.

File: MAGIC, then chunks. Chunk: length of the sealed bytes (4 bytes), 1 if it is the last (1 byte), the sealed bytes:
AES-256-GCM under the file's own key, nonce = number of the chunk, authenticated with MAGIC, the file's id, number and
mark of the last. So no chunk can be changed, moved, left out or taken from another file, and a cut-off end is seen.
"""

from __future__ import annotations

import logging
import os
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from signaling.media.engine import RecordingTarget

MAGIC = b"MWREC1\r\n"
HEAD = struct.Struct("!IB")
log = logging.getLogger(__name__)


class SealedFile:
    """A new sealed file; raises FileExistsError rather than use a key twice. Writes in a thread of its own."""

    def __init__(self, target: RecordingTarget) -> None:
        self.failed = False
        self._seal = AESGCM(target.key)
        self._ident = target.ident.encode()
        self._number = 0
        self._descriptor = os.open(target.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._thread = ThreadPoolExecutor(1, "recording")
        self._thread.submit(self._begin, target.path.parent)

    def add(self, content: bytes, last: bool = False) -> None:
        """Seal a chunk and write it through to the disk soon; `failed` is set if that can't be done."""
        number, self._number = self._number, self._number + 1
        self._thread.submit(self._add, number, content, last)

    def close(self, wait: bool = False) -> None:
        """No more chunks; the file is closed when all are written, now if `wait`."""
        self._thread.submit(os.close, self._descriptor)
        self._thread.shutdown(wait=wait)

    def _add(self, number: int, content: bytes, last: bool) -> None:
        authenticated = MAGIC + self._ident + struct.pack("!QB", number, last)
        sealed = self._seal.encrypt(struct.pack("!IQ", 0, number), content, authenticated)
        self._write(HEAD.pack(len(sealed), last) + sealed)

    def _begin(self, folder: Path) -> None:
        """The file's own name is written through as well: after a power loss its chunks are of no use without it."""
        self._write(MAGIC)
        try:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._fail(error)

    def _write(self, data: bytes) -> None:
        if self.failed:
            return
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.failed = True
        log.error("a recording can't be written: %s", error.strerror)
