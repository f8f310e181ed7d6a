"""Datagrams on their way out. Those of one read turn leave in one call, and those of them that go to one address as one
message (UDP_SEGMENT, Linux 4.18).

A call into the kernel for one packet costs half of what forwarding costs; five packets in one message cost little more
than one. Nothing waits longer than the turn: the turn is one callback of the event loop, so no command is carried out
between queueing and sending, and what a cut forbids has left before the cut begins.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from typing import Final

from signaling.media.sfu import kernel
from signaling.media.sfu.datagram import Datagram, address_of

UDP_SEGMENT: Final = 103  # linux/udp.h
MOST_WAITING: Final = 64
MOST_TOGETHER: Final = 30  # of the longest, 65,507 bytes are the most that one message may have
NOT_TOGETHER = (errno.EINVAL, errno.EMSGSIZE, errno.EIO, errno.EOPNOTSUPP)


class Way:
    """To one address, as the kernel has it, from the socket of an outbox."""

    def __init__(self, outbox: Outbox, name: bytes) -> None:
        self.outbox = outbox
        self.name = name
        self.name_at = address_of(name)
        self.waiting: list[Datagram] = []

    def blank(self) -> Datagram:
        """Memory for the next datagram that is sent this way, until then nobody's."""
        return self.outbox.blank()

    def send(self, datagram: Datagram) -> bool:
        """Send the blank, which has been filled: at once, or within a turn at its end. False if it is known to be lost."""
        return self.outbox.take(datagram, self)

    def send_bytes(self, content: bytes) -> bool:
        """Send a copy; False if it is known to be lost."""
        datagram = self.blank()
        return datagram.fill(content) and self.send(datagram)


class Outbox:
    """What leaves by one socket. A full kernel buffer or a closed way loses what is sent."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock.fileno()
        self._together = _sends_segments(sock)
        self._turn = False
        self._ways: list[Way] = []
        self._used = 0
        self._datagrams = [Datagram() for _ in range(MOST_WAITING)]
        self._messages = bytearray(MOST_WAITING * kernel.MESSAGE_SIZE)
        self._iovecs = bytearray(MOST_WAITING * kernel.IOVEC.size)
        self._segments = bytearray(MOST_WAITING * kernel.SEGMENT_SPACE)
        self._prepared, self._iovecs_at = kernel.messages(self._messages), address_of(self._iovecs)
        self._segments_at = address_of(self._segments)

    def close(self) -> None:
        """Nothing leaves any more; another socket may have the number from now on."""
        self._sock = -1

    def begin(self) -> None:
        """A read turn begins."""
        self._turn = True

    def end(self) -> None:
        """The read turn ends: nothing waits any more."""
        self._turn = False
        if self._used:
            self._flush()

    def blank(self) -> Datagram:
        """As Way.blank."""
        return self._datagrams[self._used]

    def take(self, datagram: Datagram, way: Way) -> bool:
        """As Way.send."""
        if not way.waiting:
            self._ways.append(way)
        way.waiting.append(datagram)
        self._used += 1
        if not self._turn:
            return self._flush()
        if self._used == MOST_WAITING:
            self._flush()
        return True

    def _flush(self) -> bool:
        """Send what waits; whether all of it left."""
        ways, self._ways, self._used = self._ways, [], 0
        messages: list[tuple[Way, list[Datagram]]] = []
        for way in ways:
            waiting, way.waiting = way.waiting, []
            if len(waiting) == 1:
                messages.append((way, waiting))
            else:
                messages += [(way, run) for run in runs(waiting, MOST_TOGETHER if self._together else 1)]
        return self._send(messages)

    def _send(self, messages: list[tuple[Way, list[Datagram]]]) -> bool:
        """One by one where the kernel, the way or its packet size doesn't allow more."""
        all_left = True
        while messages:
            self._write(messages)
            sent = kernel.send(self._sock, self._prepared, len(messages))
            if sent > 0:
                messages = messages[sent:]
                continue
            way, run = messages[0]
            alone = [(way, [each]) for each in run] if len(run) > 1 and -sent in NOT_TOGETHER else []
            all_left = all_left and bool(alone)
            messages = alone + messages[1:]
        return all_left

    def _write(self, messages: list[tuple[Way, list[Datagram]]]) -> None:
        """Write the structures of these messages."""
        message_at = piece_at = segment_at = 0
        for way, run in messages:
            together = len(run) > 1
            kernel.MESSAGE.pack_into(
                self._messages,
                message_at,
                way.name_at,
                len(way.name),
                self._iovecs_at + piece_at,
                len(run),
                self._segments_at + segment_at if together else 0,
                kernel.SEGMENT_SPACE if together else 0,
                0,
                0,
            )
            message_at += kernel.MESSAGE_SIZE
            for datagram in run:
                kernel.IOVEC.pack_into(self._iovecs, piece_at, datagram.address, datagram.size)
                piece_at += kernel.IOVEC.size
            if together:
                size = run[0].size
                kernel.SEGMENT.pack_into(
                    self._segments, segment_at, kernel.SEGMENT_LENGTH, socket.SOL_UDP, UDP_SEGMENT, size
                )
                segment_at += kernel.SEGMENT_SPACE


def runs(datagrams: list[Datagram], most: int) -> Iterator[list[Datagram]]:
    """Cut into runs that may leave together: all of one size, only the last may be smaller; at most so many."""
    run: list[Datagram] = []
    for datagram in datagrams:
        if run and (datagram.size > run[0].size or run[-1].size < run[0].size or len(run) == most):
            yield run
            run = []
        run.append(datagram)
    if run:
        yield run


def _sends_segments(sock: socket.socket) -> bool:
    try:
        return sock.getsockopt(socket.SOL_UDP, UDP_SEGMENT) == 0
    except OSError:
        return False
