"""Many datagrams at once: the structures that recvmmsg(2) and sendmmsg(2) take, packed as linux/socket.h has them."""

from __future__ import annotations

import socket
import struct
from typing import Any, Final

from signaling.media.sfu import calls

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

_ffi, _lib = calls.found()
_recvmmsg: Final[Any] = _lib.recvmmsg
_sendmmsg: Final[Any] = _lib.sendmmsg
_WITHOUT_END: Final[Any] = _ffi.NULL
_AT_ONCE: Final[int] = socket.MSG_DONTWAIT


def messages(memory: bytearray) -> Any:
    """Packed messages as the calls take them; the memory has to outlive every use."""
    return _ffi.cast("struct mmsghdr *", _ffi.from_buffer(memory))


def receive(sock: int, into: Any, count: int) -> int:
    """Read up to `count` datagrams without waiting; how many, 0 if there are none."""
    got: int = _recvmmsg(sock, into, count, _AT_ONCE, _WITHOUT_END)
    return max(got, 0)


def send(sock: int, prepared: Any, count: int) -> int:
    """Send messages without waiting; how many left, or minus the error number if the first couldn't."""
    sent: int = _sendmmsg(sock, prepared, count, _AT_ONCE)
    return sent if sent > 0 else -int(_ffi.errno)
