"""The kernel's calls for many datagrams at once, recvmmsg(2) and sendmmsg(2), as C has them.

Compiled in where the forwarder is compiled, else found in the C library, which takes longer for each call.
"""

from __future__ import annotations

from typing import Any

from cffi import FFI

HEADER = "#define _GNU_SOURCE\n#include <sys/socket.h>"
DECLARATIONS = """
    struct mmsghdr;
    struct timespec;
    int recvmmsg(int sock, struct mmsghdr *messages, unsigned int count, int flags, struct timespec *timeout);
    int sendmmsg(int sock, struct mmsghdr *messages, unsigned int count, int flags);
"""


def found() -> tuple[Any, Any]:
    """cffi's `ffi` and `lib` for these calls."""
    try:
        from signaling.media.sfu import _calls  # type: ignore[attr-defined]
    except ImportError:
        ffi = FFI()
        ffi.cdef(DECLARATIONS)
        return ffi, ffi.dlopen(None)
    return _calls.ffi, _calls.lib
