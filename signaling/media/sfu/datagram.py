"""Memory for one datagram. The kernel and libsrtp work on it in place, so nothing is copied on the way."""

from __future__ import annotations

import time
from typing import Any, Final

from cffi import FFI

from signaling.media.sfu.kernel import STAMP, STAMP_AT

SIZE: Final = 2048

_ffi = FFI()
_unpack: Final[Any] = _ffi.unpack


def address_of(data: bytearray | bytes) -> int:
    """Where the bytes lie in memory; they have to outlive every use of it."""
    return int(_ffi.cast("uintptr_t", _ffi.from_buffer(data)))


class Datagram:
    """The first `size` bytes of `data` count. `pointer` and `address` are for C functions."""

    def __init__(self) -> None:
        self.data = bytearray(SIZE)
        self.view = memoryview(self.data)
        self.pointer: Any = _ffi.from_buffer(self.data)
        self.address = address_of(self.data)
        self.size = 0

    def fill(self, content: bytes) -> bool:
        """Take this content; False if it is too long."""
        size = len(content)
        if size > SIZE:
            return False
        self.data[:size] = content
        self.size = size
        return True

    def content(self) -> bytes:
        """A copy of what counts."""
        copy: bytes = _unpack(self.pointer, self.size)
        return copy


class Arrival(Datagram):
    """A datagram that came; the kernel writes the address of its sender into `name`, and when it came into `control`."""

    def __init__(self, name: memoryview, control: memoryview) -> None:
        super().__init__()
        self._name, self._control = name, control

    @property
    def source(self) -> bytes:
        """The sender's address as the kernel has it (struct sockaddr_in or sockaddr_in6)."""
        return bytes(self._name)

    @property
    def arrived(self) -> float:
        """When the kernel got it, seconds of the wall clock: however late we are to read it, that is not a queue on the
        way, for which the browser would send less."""
        seconds, nanoseconds = STAMP.unpack_from(self._control, STAMP_AT)
        return float(seconds + nanoseconds / 1e9) if seconds else time.time()
