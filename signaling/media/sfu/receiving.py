"""Datagrams on their way in: what has arrived at a socket is read in one call."""

from __future__ import annotations

import socket
import struct
from typing import Final

from signaling.media.sfu import kernel
from signaling.media.sfu.datagram import SIZE, Arrival, address_of

MOST: Final = 32  # about a millisecond of work, which a packet may have to wait
LENGTH_SIZE: Final = struct.calcsize("@I")
NAME_SIZES = {socket.AF_INET: 16, socket.AF_INET6: 28}  # struct sockaddr_in, sockaddr_in6


class Inbox:
    """Reads one socket, which has to tell times (SO_TIMESTAMPNS).

    The kernel writes the sizes that it used over those that it may use: for one socket they are always the same.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock.fileno()
        name_size = NAME_SIZES[sock.family]
        self._arrivals = [Arrival(name_size) for _ in range(MOST)]
        self._iovecs, self._messages = bytearray(MOST * kernel.IOVEC.size), bytearray(MOST * kernel.MESSAGE_SIZE)
        self._prepared = kernel.messages(self._messages)
        self._lengths = memoryview(self._messages).cast("I")
        for number, arrival in enumerate(self._arrivals):
            kernel.IOVEC.pack_into(self._iovecs, number * kernel.IOVEC.size, arrival.address, SIZE)
            kernel.MESSAGE.pack_into(
                self._messages,
                number * kernel.MESSAGE_SIZE,
                arrival.name_address,
                name_size,
                address_of(self._iovecs) + number * kernel.IOVEC.size,
                1,
                arrival.control_address,
                kernel.STAMP_SPACE,
                0,
                0,
            )

    def read(self) -> list[Arrival]:
        """What has arrived, in order, at most MOST; each is to be used before the next call."""
        count = kernel.receive(self._sock, self._prepared, MOST)
        if not count:
            return []
        arrivals = self._arrivals[:count]
        at = kernel.LENGTH_AT // LENGTH_SIZE
        for arrival in arrivals:
            arrival.size = self._lengths[at]
            at += kernel.MESSAGE_SIZE // LENGTH_SIZE
        return arrivals
