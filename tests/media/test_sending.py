"""Datagrams that leave together: the same datagrams, in the same order, and none later than its turn."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from signaling.media.sfu.floods import Limit
from signaling.media.sfu.sending import MOST_WAITING, Sender, Way, runs


def opened() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.setblocking(False)
    return sock


@pytest.fixture
def there() -> Iterator[socket.socket]:
    """A socket that receives."""
    with opened() as sock:
        yield sock


@pytest.fixture
def here() -> Iterator[socket.socket]:
    """A socket that sends."""
    with opened() as sock:
        yield sock


@pytest.fixture
def way(here: socket.socket, there: socket.socket) -> Way:
    """From here to there."""
    return Way(here, there.getsockname())


@pytest.fixture
def sender(here: socket.socket) -> Sender:
    """Sends from here."""
    return Sender([here])


def arrived(there: socket.socket) -> list[bytes]:
    found = []
    while True:
        try:
            found.append(there.recv(65_535))
        except BlockingIOError:
            return found


def test_a_turn_sends_at_its_end_what_it_was_given(sender: Sender, way: Way, there: socket.socket) -> None:
    sizes = [1000, 1000, 700, 1000, 1200, 20, 20, 20, 1100]
    given = [bytes([number]) * size for number, size in enumerate(sizes)]
    sender.begin()
    for data in given:
        assert sender.send(data, way)
    sender.end()
    assert arrived(there) == given


def test_outside_a_turn_nothing_waits(sender: Sender, way: Way, there: socket.socket) -> None:
    sender.send(b"before", way)
    assert arrived(there) == [b"before"]
    sender.begin()
    sender.end()
    sender.send(b"after", way)
    assert arrived(there) == [b"after"]


def test_a_long_turn_sends_in_between(sender: Sender, way: Way, there: socket.socket) -> None:
    sender.begin()
    for _ in range(MOST_WAITING):
        sender.send(b"x", way)
    assert len(arrived(there)) == MOST_WAITING
    sender.end()
    assert arrived(there) == []


def test_what_does_not_fit_the_way_leaves_one_by_one(sender: Sender, way: Way, there: socket.socket) -> None:
    """Two of these exceed what one call may carry; a datagram alone may be as long as UDP allows."""
    given = [bytes([number]) * 40_000 for number in range(3)]
    sender.begin()
    for data in given:
        sender.send(data, way)
    sender.end()
    assert arrived(there) == given


def test_a_closed_way_is_known_at_once_or_ignored(sender: Sender, way: Way, here: socket.socket) -> None:
    here.close()
    assert not sender.send(b"x", way)
    sender.begin()
    sender.send(b"x", way)
    sender.send(b"x", way)
    sender.end()


def test_runs_are_of_one_size_and_only_the_last_is_smaller() -> None:
    sizes = [5, 5, 4, 5, 5, 6, 6, 2, 2]
    assert [[len(data) for data in run] for run in runs([bytes(size) for size in sizes])] == [
        [5, 5, 4],
        [5, 5],
        [6, 6, 2],
        [2],
    ]


def test_a_limit_lets_through_its_rate_after_its_burst() -> None:
    limit = Limit(10, 5)
    assert sum(limit.take(100.0) for _ in range(50)) == 5
    assert sum(limit.take(101 + number / 100) for number in range(200)) == 5 + 19
