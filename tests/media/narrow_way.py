"""A narrow network between one client and the server: a UDP relay with a rate and a short queue, on this machine."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable


class NarrowWay:
    """Relays between the client that sends to `port` and the server. `rate` bit/s towards the client and `rate_up` from
    it, None for free."""

    QUEUE_SECONDS = 0.3

    def __init__(self, server: int, host: str = "127.0.0.1") -> None:
        self.rate: float | None = None
        self.rate_up: float | None = None
        self._client: tuple[str, int] | None = None
        self._busy = [0.0, 0.0]
        self._outside = _socket(host)
        self._inside = _socket(host)
        self._inside.connect((host, server))
        self.port: int = self._outside.getsockname()[1]

    def open(self) -> None:
        """Begin to relay."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._outside.fileno(), self._drain, self._outside, self._from_client)
        loop.add_reader(self._inside.fileno(), self._drain, self._inside, self._from_server)

    def close(self) -> None:
        """Stop relaying."""
        for sock in (self._outside, self._inside):
            asyncio.get_running_loop().remove_reader(sock.fileno())
            sock.close()

    def _drain(self, sock: socket.socket, take: Callable[[bytes, tuple[str, int]], None]) -> None:
        while True:
            try:
                data, source = sock.recvfrom(2048)
            except OSError:
                return
            take(data, source)

    def _from_client(self, data: bytes, source: tuple[str, int]) -> None:
        self._client = source
        self._through(0, self.rate_up, data, self._to_server)

    def _from_server(self, data: bytes, _: tuple[str, int]) -> None:
        self._through(1, self.rate, data, self._to_client)

    def _through(self, direction: int, rate: float | None, data: bytes, deliver: Callable[[bytes], None]) -> None:
        """Let a packet wait its turn; one that would wait too long is lost."""
        if rate is None:
            deliver(data)
            return
        now = time.monotonic()
        waiting = max(0.0, self._busy[direction] - now)
        if waiting > self.QUEUE_SECONDS:
            return
        self._busy[direction] = now + waiting + len(data) * 8 / rate
        asyncio.get_running_loop().call_later(self._busy[direction] - now, deliver, data)

    def _to_server(self, data: bytes) -> None:
        if self._inside.fileno() >= 0:
            self._inside.send(data)

    def _to_client(self, data: bytes) -> None:
        if self._client is not None and self._outside.fileno() >= 0:
            self._outside.sendto(data, self._client)


def _socket(host: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    sock.setblocking(False)
    return sock
