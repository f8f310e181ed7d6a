"""SRTP on buffers that are reused: one for what came in, one for what goes out; no copy through Python bytes.

Uses pylibsrtp's cffi objects; where they are missing, its public calls do the same, slower.
"""

from __future__ import annotations

from typing import Any

from pylibsrtp import Error, Session

try:
    from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found, unused-ignore]
except ImportError:  # pragma: no cover - only with another build of pylibsrtp
    ffi = lib = None

SIZE = 2048
MAX_PLAIN = 1480

incoming = bytearray(SIZE)
outgoing = bytearray(SIZE)
incoming_view = memoryview(incoming)
outgoing_view = memoryview(outgoing)


def in_place() -> bool:
    """Whether the fast way works with the installed pylibsrtp."""
    names = ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp")
    return ffi is not None and all(hasattr(lib, name) for name in names) and hasattr(Session(), "_srtp")


class SrtpPair:
    """The two SRTP sessions of one connection, working on `incoming` and `outgoing`."""

    def __init__(self, receive: Session, send: Session) -> None:
        self._receive = receive
        self._send = send

    def unprotect(self, size: int) -> int:
        """Decrypt the packet in `incoming`; its new size, 0 if it isn't authentic or a replay."""
        try:
            plain = self._receive.unprotect(bytes(incoming_view[:size]))
        except (Error, ValueError):
            return 0
        incoming[: len(plain)] = plain
        return len(plain)

    def protect(self, size: int) -> int:
        """Encrypt the packet in `outgoing`; its new size, 0 if libsrtp refuses."""
        try:
            sealed = self._send.protect(bytes(outgoing_view[:size]))
        except (Error, ValueError):
            return 0
        outgoing[: len(sealed)] = sealed
        return len(sealed)

    def unprotect_rtcp(self, data: bytes) -> bytes | None:
        """Decrypt an RTCP packet; None if it isn't authentic."""
        try:
            return bytes(self._receive.unprotect_rtcp(data))
        except (Error, ValueError):
            return None

    def protect_rtcp(self, data: bytes) -> bytes | None:
        """Encrypt an RTCP packet; None if libsrtp refuses (too long, key exhausted)."""
        try:
            return bytes(self._send.protect_rtcp(data))
        except (Error, ValueError):
            return None


_in: Any = ffi.from_buffer(incoming) if ffi else None
_out: Any = ffi.from_buffer(outgoing) if ffi else None
_size: Any = ffi.new("int *") if ffi else None
# Looked up once: cffi takes a tenth of a packet's time to find a name.
_protect: Any = getattr(lib, "srtp_protect", None)
_unprotect: Any = getattr(lib, "srtp_unprotect", None)
_protect_rtcp: Any = getattr(lib, "srtp_protect_rtcp", None)
_unprotect_rtcp: Any = getattr(lib, "srtp_unprotect_rtcp", None)


class InPlaceSrtpPair(SrtpPair):
    """The same on the C buffers themselves; half the time per packet."""

    def __init__(self, receive: Session, send: Session) -> None:
        super().__init__(receive, send)
        self._receive_handle = receive._srtp[0]
        self._send_handle = send._srtp[0]

    def unprotect(self, size: int) -> int:
        """As SrtpPair.unprotect."""
        length = _size
        length[0] = size
        if _unprotect(self._receive_handle, _in, length):
            return 0
        plain: int = length[0]
        return plain

    def protect(self, size: int) -> int:
        """As SrtpPair.protect."""
        length = _size
        length[0] = size
        if _protect(self._send_handle, _out, length):
            return 0
        sealed: int = length[0]
        return sealed

    def unprotect_rtcp(self, data: bytes) -> bytes | None:
        """As SrtpPair.unprotect_rtcp."""
        if len(data) > SIZE:
            return None
        incoming[: len(data)] = data
        _size[0] = len(data)
        if _unprotect_rtcp(self._receive_handle, _in, _size):
            return None
        return bytes(incoming_view[: _size[0]])

    def protect_rtcp(self, data: bytes) -> bytes | None:
        """As SrtpPair.protect_rtcp."""
        if len(data) > MAX_PLAIN:
            return None
        outgoing[: len(data)] = data
        _size[0] = len(data)
        if _protect_rtcp(self._send_handle, _out, _size):
            return None
        return bytes(outgoing_view[: _size[0]])


def pair(receive: Session, send: Session) -> SrtpPair:
    """The fastest pair that the installed library allows."""
    return (InPlaceSrtpPair if in_place() else SrtpPair)(receive, send)
