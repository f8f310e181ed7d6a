"""Datagrams on their way in: what has arrived at a socket is read in one call."""

from __future__ import annotations

import socket
import struct
from typing import Final

from signaling.media.sfu import kernel
from signaling.media.sfu.datagram import Arrival, address_of

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
        self._names, self._controls = bytearray(MOST * name_size), bytearray(MOST * kernel.STAMP_SPACE)
        self._iovecs, self._messages = bytearray(MOST * kernel.IOVEC.size), bytearray(MOST * kernel.MESSAGE_SIZE)
        self._prepared = kernel.messages(self._messages)
        names, controls = memoryview(self._names), memoryview(self._controls)
        self._arrivals = [
            Arrival(
                names[number * name_size : (number + 1) * name_size],
                controls[number * kernel.STAMP_SPACE : (number + 1) * kernel.STAMP_SPACE],
            )
            for number in range(MOST)
        ]
        self._lengths = memoryview(self._messages).cast("I")
        self._prepare(name_size)

    def _prepare(self, name_size: int) -> None:
        for number, arrival in enumerate(self._arrivals):
            kernel.IOVEC.pack_into(self._iovecs, number * kernel.IOVEC.size, arrival.address, len(arrival.data))
            kernel.MESSAGE.pack_into(
                self._messages,
                number * kernel.MESSAGE_SIZE,
                address_of(self._names) + number * name_size,
                name_size,
                address_of(self._iovecs) + number * kernel.IOVEC.size,
                1,
                address_of(self._controls) + number * kernel.STAMP_SPACE,
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
