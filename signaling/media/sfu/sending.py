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

Address = tuple[socket.socket, tuple[str, int]]
UDP_SEGMENT = 103  # linux/udp.h
MOST_WAITING = 64
MOST_TOGETHER = 32
NOT_TOGETHER = (errno.EINVAL, errno.EMSGSIZE, errno.EIO, errno.EOPNOTSUPP)


class Sender:
    """Sends at once, or within a turn at its end. A full kernel buffer or a closed way loses what is sent."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self._together = all(map(_sends_segments, sockets))
        self._turn = False
        self._count = 0
        self._waiting: dict[Address, list[bytes]] = {}

    def begin(self) -> None:
        """A read turn begins."""
        self._turn = self._together

    def end(self) -> None:
        """The read turn ends: nothing waits any more."""
        self._turn = False
        self._flush()

    def send(self, data: bytes | memoryview, address: Address) -> bool:
        """Send a datagram; False if it is known to be lost."""
        if not self._turn:
            return _send(data, address)
        waiting = self._waiting.get(address)
        if waiting is None:
            self._waiting[address] = [bytes(data)]
        else:
            waiting.append(bytes(data))
        self._count += 1
        if self._count >= MOST_WAITING:
            self._flush()
        return True

    def _flush(self) -> None:
        waiting, self._waiting, self._count = self._waiting, {}, 0
        for address, datagrams in waiting.items():
            if len(datagrams) == 1:
                _send(datagrams[0], address)
                continue
            for run in runs(datagrams):
                _send_together(run, address)


def runs(datagrams: list[bytes]) -> Iterator[list[bytes]]:
    """Cut into runs that may leave together: all of one size, only the last may be smaller."""
    run: list[bytes] = []
    for data in datagrams:
        if run and (len(data) > len(run[0]) or len(run[-1]) < len(run[0]) or len(run) == MOST_TOGETHER):
            yield run
            run = []
        run.append(data)
    if run:
        yield run


def _send_together(run: list[bytes], address: Address) -> None:
    """One by one where the kernel, the way or its packet size doesn't allow more."""
    if len(run) > 1:
        size = [(socket.SOL_UDP, UDP_SEGMENT, struct.pack("=H", len(run[0])))]
        try:
            address[0].sendmsg(run, size, 0, address[1])
        except OSError as error:
            if error.errno not in NOT_TOGETHER:
                return
        else:
            return
    for data in run:
        _send(data, address)


def _send(data: bytes | memoryview, address: Address) -> bool:
    try:
        address[0].sendto(data, address[1])
    except OSError:
        return False
    return True


def _sends_segments(sock: socket.socket) -> bool:
    try:
        return sock.getsockopt(socket.SOL_UDP, UDP_SEGMENT) == 0
    except OSError:
        return False
