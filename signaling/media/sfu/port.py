"""The one UDP port: finds out to which connection a datagram belongs (RFC 7983), and sends."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
import time
from typing import TYPE_CHECKING, Final

from signaling.media.sfu import floods, stun
from signaling.media.sfu.receiving import NAME_SIZES, Inbox
from signaling.media.sfu.sending import Outbox, Way

if TYPE_CHECKING:
    from signaling.media.sfu.clock import Clock
    from signaling.media.sfu.connection import Connection
    from signaling.media.sfu.datagram import Arrival

MAX_ADDRESSES = 8
TAKE_OVER_AFTER = 5.0
BUFFER_BYTES = 4 << 20
SO_TIMESTAMPNS = 35  # asm-generic/socket.h
NUMBER = struct.Struct("!H")
_monotonic: Final = time.monotonic  # looked up once, not in each turn


class Port:
    """Sockets on one port number, loopback alone or every interface with IPv4 and IPv6.

    `clock` is told of each read turn when what it caused has left.
    """

    def __init__(self, address: str, port: int, clock: Clock) -> None:
        self._clock = clock
        self.sockets = _bind(address, port)
        self.number: int = self.sockets[0].getsockname()[1]
        self._credentials: dict[str, tuple[str, str, Connection]] = {}
        self._by_address: dict[bytes, Connection] = {}
        self._strangers = floods.strangers()
        self._boxes = [(Inbox(sock), Outbox(sock)) for sock in self.sockets]

    def open(self) -> None:
        """Begin to read, in the running event loop."""
        for sock, (inbox, outbox) in zip(self.sockets, self._boxes, strict=True):
            asyncio.get_running_loop().add_reader(sock.fileno(), self._read, inbox, outbox)

    def close(self) -> None:
        """Stop reading and free the port."""
        for sock, (_, outbox) in zip(self.sockets, self._boxes, strict=True):
            asyncio.get_running_loop().remove_reader(sock.fileno())
            outbox.close()
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

    def _read(self, inbox: Inbox, outbox: Outbox) -> None:
        """One read turn: what it sends has left when it ends."""
        arrivals = inbox.read()
        now = _monotonic()
        self._begin()
        try:
            for arrival in arrivals:
                self._take(arrival, outbox, now)
        finally:
            self._end()
        self._begin()
        try:
            self._clock.packets_came(now)
        finally:
            self._end()

    def _begin(self) -> None:
        for _, outbox in self._boxes:
            outbox.begin()

    def _end(self) -> None:
        for _, outbox in self._boxes:
            outbox.end()

    def _take(self, arrival: Arrival, outbox: Outbox, now: float) -> None:
        """A fault with one datagram must not cost those that were read with it."""
        try:
            self._sort(arrival, outbox, now)
        except Exception as fault:
            told = {"message": "a datagram could not be handled", "exception": fault}
            asyncio.get_running_loop().call_exception_handler(told)

    def _sort(self, arrival: Arrival, outbox: Outbox, now: float) -> None:
        """Sort by the first byte, RFC 7983; only authenticated addresses get beyond STUN."""
        if not arrival.size:
            return
        first = arrival.data[0]
        source = arrival.source
        connection = self._by_address.get(source)
        if first < 4:
            self._stun(arrival, outbox, source, connection, now)
        elif connection is None:
            return
        elif 128 <= first < 192 and arrival.size >= 12:
            if 192 <= arrival.data[1] < 224:
                if connection.limits.feedback.take(now):
                    connection.rtcp(arrival, now)
            elif connection.limits.media.take(now):
                connection.rtp(arrival, now)
        elif 20 <= first < 64 and connection.limits.dtls.take(now):
            connection.dtls(arrival.content())

    def _stun(self, arrival: Arrival, outbox: Outbox, source: bytes, owner: Connection | None, now: float) -> None:
        """Answer an authentic binding request; everything else gets no answer at all."""
        known = self._credentials.get(stun.claimed_ufrag(arrival.data, arrival.size))
        if known is None:
            return
        password, remote_ufrag, connection = known
        if not self._may_check(connection, owner, now):
            return
        request = stun.parse_request(arrival.content())
        if request is None or request.remote_ufrag != remote_ufrag or not request.authentic(password):
            return
        way = Way(outbox, source)
        if request.controlled:
            way.send_bytes(stun.role_conflict(request.transaction, password))
            return
        if not self._remember(source, connection, now):
            return
        self._drop_former(request.ufrag, connection)
        way.send_bytes(stun.success(request.transaction, plain(source), password))
        connection.consent(way, request.use_candidate, now)

    def _may_check(self, connection: Connection, owner: Connection | None, now: float) -> bool:
        """Whether a request is worth the work on it. Forged ones can't use up what the proved addresses have."""
        if owner is connection:
            return connection.limits.checks.take(now)
        return connection.limits.foreign_checks.take(now) and self._strangers.take(now)

    def _remember(self, source: bytes, connection: Connection, now: float) -> bool:
        """Note the way to a connection; a living one's address can't be taken by another (forged source)."""
        owner = self._by_address.get(source)
        if owner is connection:
            return True
        if owner is not None and now - owner.last_seen < TAKE_OVER_AFTER:
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


def plain(source: bytes) -> tuple[str, int]:
    """Address and port of a `struct sockaddr_in` or `sockaddr_in6`."""
    (port,) = NUMBER.unpack_from(source, 2)
    if len(source) == NAME_SIZES[socket.AF_INET]:
        return socket.inet_ntop(socket.AF_INET, source[4:8]), port
    return socket.inet_ntop(socket.AF_INET6, source[8:24]), port


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
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    sock.setblocking(False)
    return sock
