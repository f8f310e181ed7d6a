"""The kernel's calls for many datagrams at once, recvmmsg(2) and sendmmsg(2), and the structures that they take.

Structures are packed here and passed by their address, as linux/socket.h has them.
"""

from __future__ import annotations

import socket
import struct
from typing import Any, Final

from cffi import FFI

# struct msghdr: name, its size, iovecs, their number, control, its size, flags; then struct mmsghdr's length
MESSAGE: Final = struct.Struct("@PIPNPNi0PI0P")
MESSAGE_SIZE: Final = MESSAGE.size
LENGTH_AT: Final = struct.calcsize("@PIPNPNi0P")
IOVEC: Final = struct.Struct("@PN")
CONTROL_HEAD = struct.Struct("@Nii")  # length, level, type
SEGMENT: Final = struct.Struct("@NiiH")
SEGMENT_LENGTH: Final = socket.CMSG_LEN(2)
SEGMENT_SPACE: Final = socket.CMSG_SPACE(2)
STAMP: Final = struct.Struct("@ll")  # struct timespec
STAMP_AT: Final = CONTROL_HEAD.size
STAMP_SPACE: Final = socket.CMSG_SPACE(STAMP.size)

_ffi = FFI()
_ffi.cdef("""
    int recvmmsg(int sock, size_t messages, unsigned int count, int flags, size_t timeout);
    int sendmmsg(int sock, size_t messages, unsigned int count, int flags);
""")
_libc: Any = _ffi.dlopen(None)
_recvmmsg: Final[Any] = _libc.recvmmsg
_sendmmsg: Final[Any] = _libc.sendmmsg


def receive(sock: int, messages: int, count: int) -> int:
    """Read up to `count` datagrams without waiting; how many, 0 if there are none."""
    got: int = _recvmmsg(sock, messages, count, socket.MSG_DONTWAIT, 0)
    return max(got, 0)


def send(sock: int, messages: int, count: int) -> int:
    """Send messages without waiting; how many left, or minus the error number if the first couldn't."""
    sent: int = _sendmmsg(sock, messages, count, socket.MSG_DONTWAIT)
    return sent if sent > 0 else -int(_ffi.errno)
