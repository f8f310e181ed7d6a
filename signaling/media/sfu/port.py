"""The one UDP port: finds out to which connection a datagram belongs (RFC 7983), and sends."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from typing import TYPE_CHECKING

from signaling.media.sfu import stun
from signaling.media.sfu.srtp import incoming, incoming_view

if TYPE_CHECKING:
    from signaling.media.sfu.connection import Connection

Address = tuple[socket.socket, tuple[str, int]]
READS_PER_TURN = 64
MAX_ADDRESSES = 8
TAKE_OVER_AFTER = 5.0
BUFFER_BYTES = 4 << 20


class Port:
    """Sockets on one port number, loopback alone or every interface with IPv4 and IPv6."""

    def __init__(self, address: str, port: int) -> None:
        self.sockets = _bind(address, port)
        self.number: int = self.sockets[0].getsockname()[1]
        self._credentials: dict[str, tuple[str, str, Connection]] = {}
        self._by_address: dict[tuple[str, int], Connection] = {}

    def open(self) -> None:
        """Begin to read, in the running event loop."""
        for sock in self.sockets:
            asyncio.get_running_loop().add_reader(sock.fileno(), self._read, sock)

    def close(self) -> None:
        """Stop reading and free the port."""
        for sock in self.sockets:
            asyncio.get_running_loop().remove_reader(sock.fileno())
            sock.close()

    def expect(self, ufrag: str, password: str, remote_ufrag: str, connection: Connection) -> None:
        """Accept binding requests under these credentials for `connection`."""
        self._credentials[ufrag] = (password, remote_ufrag, connection)

    def forget(self, connection: Connection) -> None:
        """Nothing that arrives belongs to this connection any more."""
        for ufrag in [u for u, (_, _, owner) in self._credentials.items() if owner is connection]:
            del self._credentials[ufrag]
        for address in [a for a, owner in self._by_address.items() if owner is connection]:
            del self._by_address[address]

    def send(self, data: bytes | memoryview, address: Address) -> bool:
        """Send now or not at all: False when the kernel's buffer is full or the way is closed."""
        try:
            address[0].sendto(data, address[1])
        except OSError:
            return False
        return True

    def _read(self, sock: socket.socket) -> None:
        for _ in range(READS_PER_TURN):
            try:
                size, source = sock.recvfrom_into(incoming)
            except BlockingIOError:
                return
            except OSError:
                continue
            if size:
                self._datagram(sock, size, source)

    def _datagram(self, sock: socket.socket, size: int, source: tuple[str, int]) -> None:
        """Sort by the first byte, RFC 7983; only authenticated addresses get beyond STUN."""
        first = incoming[0]
        if first < 4:
            self._stun(sock, bytes(incoming_view[:size]), source)
            return
        connection = self._by_address.get(source)
        if connection is None:
            return
        if 128 <= first < 192 and size >= 12:
            if 192 <= incoming[1] < 224:
                connection.rtcp(bytes(incoming_view[:size]), time.monotonic())
            else:
                connection.rtp(size, time.monotonic())
        elif 20 <= first < 64:
            connection.dtls(bytes(incoming_view[:size]))

    def _stun(self, sock: socket.socket, data: bytes, source: tuple[str, int]) -> None:
        """Answer an authentic binding request; everything else gets no answer at all."""
        request = stun.parse_request(data)
        known = self._credentials.get(request.ufrag) if request else None
        if request is None or known is None:
            return
        password, remote_ufrag, connection = known
        if request.remote_ufrag != remote_ufrag or not request.authentic(password):
            return
        if request.controlled:
            self.send(stun.role_conflict(request.transaction, password), (sock, source))
            return
        if not self._remember(source, connection):
            return
        self._drop_former(request.ufrag, connection)
        self.send(stun.success(request.transaction, _plain(source), password), (sock, source))
        connection.consent((sock, source), request.use_candidate, time.monotonic())

    def _remember(self, source: tuple[str, int], connection: Connection) -> bool:
        """Note the way to a connection; a living one's address can't be taken by another (forged source)."""
        owner = self._by_address.get(source)
        if owner is connection:
            return True
        if owner is not None and time.monotonic() - owner.last_seen < TAKE_OVER_AFTER:
            return False
        mine = [address for address, owner in self._by_address.items() if owner is connection]
        for address in mine[: len(mine) - MAX_ADDRESSES + 1]:
            del self._by_address[address]
        self._by_address[source] = connection
        return True

    def _drop_former(self, ufrag: str, connection: Connection) -> None:
        """Once the newest credentials are used, those from before an ICE restart end."""
        if ufrag != connection.ufrag:
            return
        former = [u for u, (_, _, owner) in self._credentials.items() if owner is connection and u != ufrag]
        for old in former:
            del self._credentials[old]


def _plain(source: tuple[str, int]) -> tuple[str, int]:
    return source[0], source[1]


def _bind(address: str, port: int) -> list[socket.socket]:
    """Loopback binds that address alone; any other is only announced, and every interface is bound."""
    if ipaddress.ip_address(address).is_loopback:
        return [_socket(address, port)]
    first = _socket("0.0.0.0", port)  # noqa: S104 - a media port is public by purpose
    try:
        return [first, _socket("::", first.getsockname()[1])]
    except OSError:
        return [first]


def _socket(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock
