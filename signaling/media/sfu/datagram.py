"""Memory for one datagram. The kernel and libsrtp work on it in place, so nothing is copied on the way."""

from __future__ import annotations

import time
from typing import Any, Final

from cffi import FFI

from signaling.media.sfu.kernel import STAMP, STAMP_AT, STAMP_SPACE

SIZE: Final = 2048

_ffi = FFI()


def address_of(data: bytearray | bytes) -> int:
    """Where the bytes lie in memory; they have to outlive every use of it."""
    return int(_ffi.cast("uintptr_t", _ffi.from_buffer(data)))


class Memory:
    """The first `size` bytes count. `pointer` and `address` are for C functions."""

    def __init__(self, data: bytearray | bytes) -> None:
        self.pointer: Any = _ffi.from_buffer(data)
        self.address = address_of(data)
        self.size = 0


class Datagram(Memory):
    """One that is written here, into `data`; parts go through `view`, which takes them without another copy."""

    def __init__(self) -> None:
        self.data = bytearray(SIZE)
        self.view = memoryview(self.data)
        super().__init__(self.data)

    def fill(self, content: bytes) -> bool:
        """Take this content; False if it is too long."""
        size = len(content)
        if size > SIZE:
            return False
        self.view[:size] = content
        self.size = size
        return True

    def content(self) -> bytes:
        """A copy of what counts."""
        return bytes(self.view[: self.size])


class Arrival(Memory):
    """One that came: the kernel writes it into `data`, where libsrtp decrypts it.

    These are bytes that C changes, because machine code reads bytes several times faster than a bytearray: never keep
    or hash them themselves, only parts. Each is a byte longer than what is used of it, so that every part is a copy.
    """

    def __init__(self, name_size: int) -> None:
        self.data = bytes(SIZE + 1)
        self._name_size = name_size
        self._name, self._control = bytes(name_size + 1), bytes(STAMP_SPACE + 1)
        self.name_address, self.control_address = address_of(self._name), address_of(self._control)
        super().__init__(self.data)

    @property
    def source(self) -> bytes:
        """The sender's address as the kernel has it (struct sockaddr_in or sockaddr_in6)."""
        return self._name[: self._name_size]

    @property
    def arrived(self) -> float:
        """When the kernel got it, seconds of the wall clock: however late we are to read it, that is not a queue on the
        way, for which the browser would send less."""
        stamp: tuple[int, int] = STAMP.unpack_from(self._control, STAMP_AT)
        return stamp[0] + stamp[1] / 1e9 if stamp[0] else time.time()

    def content(self) -> bytes:
        """A copy of what counts."""
        return self.data[: self.size]
