"""SRTP on datagrams in place, by pylibsrtp's cffi objects; no copy through Python bytes."""

from __future__ import annotations

from typing import Any, Final

from pylibsrtp import Session
from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found, unused-ignore]

from signaling.media.sfu.datagram import Datagram, Memory

MAX_PLAIN: Final = 1480  # bytes; libsrtp writes some more behind them

_size: Final[Any] = ffi.new("int *")
# Looked up once: cffi takes a tenth of a packet's time to find a name.
_protect: Final[Any] = lib.srtp_protect
_unprotect: Final[Any] = lib.srtp_unprotect
_protect_rtcp: Final[Any] = lib.srtp_protect_rtcp
_unprotect_rtcp: Final[Any] = lib.srtp_unprotect_rtcp


class SrtpPair:
    """The two SRTP sessions of one connection."""

    def __init__(self, receive: Session, send: Session) -> None:
        self._sessions = receive, send  # own what the handles stand for
        self._receive: Any = receive._srtp[0]
        self._send: Any = send._srtp[0]

    def unprotect(self, datagram: Memory) -> bool:
        """Decrypt a packet; False if it isn't authentic or a replay."""
        return _done(_unprotect, self._receive, datagram)

    def protect(self, datagram: Datagram) -> bool:
        """Encrypt a packet; False if it is too long or libsrtp refuses (key exhausted)."""
        return datagram.size <= MAX_PLAIN and _done(_protect, self._send, datagram)

    def unprotect_rtcp(self, datagram: Memory) -> bool:
        """Decrypt an RTCP packet; False if it isn't authentic."""
        return _done(_unprotect_rtcp, self._receive, datagram)

    def protect_rtcp(self, datagram: Datagram) -> bool:
        """Encrypt an RTCP packet; False if it is too long or libsrtp refuses."""
        return datagram.size <= MAX_PLAIN and _done(_protect_rtcp, self._send, datagram)


def _done(work: Any, session: Any, datagram: Memory) -> bool:
    _size[0] = datagram.size
    if work(session, datagram.pointer, _size):
        return False
    datagram.size = _size[0]
    return True
