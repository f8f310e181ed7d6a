"""Datagrams that leave and are read together: the same datagrams, in the same order, and none later than its turn."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from pylibsrtp import Policy, Session

from signaling.media.sfu.datagram import SIZE, Datagram
from signaling.media.sfu.floods import Limit
from signaling.media.sfu.port import SO_TIMESTAMPNS, plain
from signaling.media.sfu.receiving import MOST, Inbox
from signaling.media.sfu.sending import MOST_TOGETHER, MOST_WAITING, Outbox, Way, runs
from signaling.media.sfu.srtp import MAX_PLAIN, SrtpPair

SO_NO_CHECK = 11  # asm-generic/socket.h
UDP_NO_CHECK6_TX, UDP_NO_CHECK6_RX = 101, 102  # linux/udp.h
FAMILIES = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}


def opened(host: str) -> socket.socket:
    sock = socket.socket(FAMILIES[host], socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    sock.bind((host, 0))
    sock.setblocking(False)
    return sock


@pytest.fixture(params=FAMILIES)
def host(request: pytest.FixtureRequest) -> str:
    """Both internet protocols."""
    return str(request.param)


@pytest.fixture
def there(host: str) -> Iterator[socket.socket]:
    """A socket that receives."""
    with opened(host) as sock:
        yield sock


@pytest.fixture
def here(host: str) -> Iterator[socket.socket]:
    """A socket that sends."""
    with opened(host) as sock:
        yield sock


@pytest.fixture
def inbox(here: socket.socket) -> Inbox:
    """Reads here."""
    return Inbox(here)


@pytest.fixture
def outbox(here: socket.socket) -> Outbox:
    """Sends from here."""
    return Outbox(here)


@pytest.fixture
def way(outbox: Outbox, inbox: Inbox, here: socket.socket, there: socket.socket) -> Way:
    """Back to whoever sends from there to here."""
    there.sendto(b"hello", here.getsockname())
    (hello,) = inbox.read()
    return Way(outbox, hello.source)


def arrived(there: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(there.recv(65_535))
        except BlockingIOError:
            return found


def test_a_turn_sends_at_its_end_what_it_was_given(outbox: Outbox, way: Way, there: socket.socket) -> None:
    sizes = [1000, 1000, 700, 1000, 1200, 20, 20, 20, 1100]
    given = [bytes([number]) * size for number, size in enumerate(sizes)]
    outbox.begin()
    for data in given:
        assert way.send_bytes(data)
    assert arrived(there) == []
    outbox.end()
    assert arrived(there) == given


def test_each_way_gets_its_own(
    outbox: Outbox, inbox: Inbox, way: Way, here: socket.socket, there: socket.socket, host: str
) -> None:
    with opened(host) as other:
        other.sendto(b"hello", here.getsockname())
        another = Way(outbox, inbox.read()[0].source)
        outbox.begin()
        for number in range(5):
            way.send_bytes(bytes([number]))
            another.send_bytes(bytes([number + 10]))
        outbox.end()
        assert arrived(there) == [bytes([number]) for number in range(5)]
        assert arrived(other) == [bytes([number + 10]) for number in range(5)]


def test_outside_a_turn_nothing_waits(outbox: Outbox, way: Way, there: socket.socket) -> None:
    way.send_bytes(b"before")
    assert arrived(there) == [b"before"]
    outbox.begin()
    outbox.end()
    way.send_bytes(b"after")
    assert arrived(there) == [b"after"]


def test_a_long_turn_sends_in_between(outbox: Outbox, way: Way, there: socket.socket) -> None:
    outbox.begin()
    for _ in range(MOST_WAITING):
        way.send_bytes(b"x")
    assert len(arrived(there)) == MOST_WAITING
    outbox.end()
    assert arrived(there) == []


def test_where_the_kernel_refuses_messages_of_several_they_leave_one_by_one(
    outbox: Outbox, way: Way, here: socket.socket, there: socket.socket
) -> None:
    """It does without checksums, for one."""
    if here.family == socket.AF_INET:
        here.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    else:
        here.setsockopt(socket.SOL_UDP, UDP_NO_CHECK6_TX, 1)
        there.setsockopt(socket.SOL_UDP, UDP_NO_CHECK6_RX, 1)
    given = [bytes([number]) * size for number, size in enumerate([900, 900, 20, 900, 900])]
    outbox.begin()
    for data in given:
        way.send_bytes(data)
    outbox.end()
    assert arrived(there) == given


def test_a_closed_way_is_known_at_once_or_ignored(outbox: Outbox, way: Way, here: socket.socket) -> None:
    here.close()
    assert not way.send_bytes(b"x")
    outbox.begin()
    way.send_bytes(b"x")
    way.send_bytes(b"x")
    outbox.end()


def test_one_that_cannot_leave_keeps_no_other(outbox: Outbox, way: Way, there: socket.socket) -> None:
    """Port 0 is nobody's: the kernel refuses."""
    nobody = Way(outbox, way.name[:2] + bytes(2) + way.name[4:])
    outbox.begin()
    for each in (way, nobody, way, nobody):
        each.send_bytes(b"x")
    way.send_bytes(b"longer")
    outbox.end()
    assert arrived(there) == [b"x", b"x", b"longer"]
    assert not nobody.send_bytes(b"x")


def test_whether_one_is_lost_is_not_told_by_the_others_of_its_turn(
    outbox: Outbox, way: Way, there: socket.socket
) -> None:
    nobody = Way(outbox, way.name[:2] + bytes(2) + way.name[4:])
    outbox.begin()
    for _ in range(MOST_WAITING - 1):
        nobody.send_bytes(b"x")
    assert way.send_bytes(b"the one that fills the turn")
    outbox.end()
    assert arrived(there) == [b"the one that fills the turn"]


def test_too_long_is_refused(way: Way, there: socket.socket) -> None:
    assert not way.send_bytes(bytes(SIZE + 1))
    assert way.send_bytes(bytes(SIZE))
    assert arrived(there) == [bytes(SIZE)]


def test_nothing_is_encrypted_that_has_no_room_for_it() -> None:
    """libsrtp writes behind the packet."""

    def session(kind: int) -> Session:
        return Session(Policy(key=bytes(28), ssrc_type=kind, srtp_profile=Policy.SRTP_PROFILE_AEAD_AES_128_GCM))

    pair = SrtpPair(session(Policy.SSRC_ANY_INBOUND), session(Policy.SSRC_ANY_OUTBOUND))
    packet = Datagram()
    for number, (size, allowed) in enumerate(((MAX_PLAIN, True), (MAX_PLAIN + 1, False), (SIZE - 20, False))):
        packet.fill(bytes((0x80, 96, 0, number)).ljust(size, b"\0"))
        assert pair.protect(packet) is allowed
        packet.fill(b"\x80\xc8".ljust(size, b"\0"))
        assert pair.protect_rtcp(packet) is allowed


def test_runs_are_of_one_size_and_only_the_last_is_smaller() -> None:
    datagrams = []
    for size in [5, 5, 4, 5, 5, 6, 6, 2, 2]:
        datagrams.append(Datagram())
        datagrams[-1].fill(bytes(size))
    assert [[each.size for each in run] for run in runs(datagrams, MOST_TOGETHER)] == [
        [5, 5, 4],
        [5, 5],
        [6, 6, 2],
        [2],
    ]
    assert [len(run) for run in runs(datagrams[:2], 1)] == [1, 1]


def test_what_came_is_read_in_order_with_its_sender_and_time(
    inbox: Inbox, here: socket.socket, there: socket.socket
) -> None:
    """Again and again: the kernel writes into the structures that it is given."""
    for count in (1, MOST, 3, 2 * MOST + 1):
        given = [bytes([number]) * (number * 20) for number in range(count)]
        before = time.time()
        for data in given:
            there.sendto(data, here.getsockname())
        found = []
        while arrivals := inbox.read():
            assert len(arrivals) <= MOST
            for arrival in arrivals:
                assert plain(arrival.source) == there.getsockname()[:2]
                assert before - 1 < arrival.arrived < time.time() + 1
                found.append(arrival.content())
        assert found == given


def test_a_longer_one_than_any_packet_is_cut(inbox: Inbox, here: socket.socket, there: socket.socket) -> None:
    there.sendto(bytes(SIZE + 100), here.getsockname())
    there.sendto(b"next", here.getsockname())
    assert [arrival.size for arrival in inbox.read()] == [SIZE, 4]


def test_what_is_taken_from_one_stays_as_it_was_when_the_next_comes(
    inbox: Inbox, here: socket.socket, there: socket.socket, host: str
) -> None:
    """Of the whole length, too: C writes the next one into the same bytes."""
    with opened(host) as other:
        there.sendto(b"1" * SIZE, here.getsockname())
        (arrival,) = inbox.read()
        content, source = arrival.content(), arrival.source
        known = {source: "there"}
        other.sendto(b"2" * SIZE, here.getsockname())
        (again,) = inbox.read()
        assert again is arrival
        assert content == b"1" * SIZE
        assert plain(source) == there.getsockname()[:2]
        assert known.get(again.source) is None


def test_nothing_leaves_by_an_outbox_that_was_closed(outbox: Outbox, way: Way, there: socket.socket) -> None:
    """Its socket's number may be another socket's by then."""
    outbox.close()
    assert not way.send_bytes(b"late")
    outbox.begin()
    way.send_bytes(b"later")
    outbox.end()
    assert arrived(there) == []


def test_a_limit_lets_through_its_rate_after_its_burst() -> None:
    limit = Limit(10, 5)
    assert sum(limit.take(100.0) for _ in range(50)) == 5
    assert sum(limit.take(101 + number / 100) for number in range(200)) == 5 + 19
