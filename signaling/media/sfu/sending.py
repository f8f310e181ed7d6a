"""Datagrams on their way out. Those of one read turn that go to one address leave together (UDP_SEGMENT, Linux 4.18).

A call into the kernel for one packet costs half of what forwarding costs; five packets in one call cost little more
than one. Nothing waits longer than the turn: the turn is one callback of the event loop, so no command is carried out
between queueing and sending, and what a cut forbids has left before the cut begins.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from typing import Any

UDP_SEGMENT = 103  # linux/udp.h
MOST_WAITING = 64
MOST_TOGETHER = 32
NOT_TOGETHER = (errno.EINVAL, errno.EMSGSIZE, errno.EIO, errno.EOPNOTSUPP)


class Way:
    """To one address from one of our sockets."""

    __slots__ = ("_address", "_sock", "waiting")

    def __init__(self, sock: socket.socket, address: tuple[Any, ...]) -> None:
        self._sock, self._address = sock, address
        self.waiting: list[bytes | bytearray] = []

    def send(self, data: bytes | bytearray) -> bool:
        """Send a datagram now; False if it is known to be lost."""
        try:
            self._sock.sendto(data, self._address)
        except OSError:
            return False
        return True

    def flush(self) -> None:
        """Send what waits, together where that is possible."""
        waiting, self.waiting = self.waiting, []
        if len(waiting) == 1:
            self.send(waiting[0])
            return
        for run in runs(waiting):
            self._send_together(run)

    def _send_together(self, run: list[bytes | bytearray]) -> None:
        """One by one where the kernel, the way or its packet size doesn't allow more."""
        if len(run) > 1:
            size = [(socket.SOL_UDP, UDP_SEGMENT, struct.pack("=H", len(run[0])))]
            try:
                self._sock.sendmsg(run, size, 0, self._address)
            except OSError as error:
                if error.errno not in NOT_TOGETHER:
                    return
            else:
                return
        for data in run:
            self.send(data)


class Sender:
    """Sends at once, or within a turn at its end. A full kernel buffer or a closed way loses what is sent."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self._together = all(map(_sends_segments, sockets))
        self._turn = False
        self._count = 0
        self._ways: list[Way] = []

    def begin(self) -> None:
        """A read turn begins."""
        self._turn = self._together

    def end(self) -> None:
        """The read turn ends: nothing waits any more."""
        self._turn = False
        self._flush()

    def send(self, data: bytes | bytearray, way: Way) -> bool:
        """Send a datagram, which is nobody else's from now on; False if it is known to be lost."""
        if not self._turn:
            return way.send(data)
        if not way.waiting:
            self._ways.append(way)
        way.waiting.append(data)
        self._count += 1
        if self._count >= MOST_WAITING:
            self._flush()
        return True

    def _flush(self) -> None:
        ways, self._ways, self._count = self._ways, [], 0
        for way in ways:
            way.flush()


def runs(datagrams: list[bytes | bytearray]) -> Iterator[list[bytes | bytearray]]:
    """Cut into runs that may leave together: all of one size, only the last may be smaller."""
    run: list[bytes | bytearray] = []
    for data in datagrams:
        if run and (len(data) > len(run[0]) or len(run[-1]) < len(run[0]) or len(run) == MOST_TOGETHER):
            yield run
            run = []
        run.append(data)
    if run:
        yield run


def _sends_segments(sock: socket.socket) -> bool:
    try:
        return sock.getsockopt(socket.SOL_UDP, UDP_SEGMENT) == 0
    except OSError:
        return False
