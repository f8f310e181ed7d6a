"""coturn as docs/operations.md configures it: relays to the media port's address alone, for who has a right (ASVS 5.0 V17.1.1)."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.networks.namespaces import Host, Network
from tests.networks.relay import MEDIA, RELAY, SECRET, relay
from tests.networks.turn_client import Receiver, bind, permit, right, with_relay

CLIENT, NAT = "203.0.113.30", "203.0.113.99"
FORBIDDEN = [
    "127.0.0.1", "127.0.0.53", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254",
    "198.18.0.1", "224.0.0.1", "255.255.255.255", RELAY, CLIENT, "198.51.100.19", "8.8.8.8",
]  # fmt: skip
FORBIDDEN_V6 = [
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    f"::ffff:{RELAY}",
    "2001:db8::1",
]


@dataclass
class Places:
    """Media port, relay and a client, each on a host of their own."""

    network: Network
    media: Host
    client: Host
    log: Path


@pytest.fixture(scope="module")
def places(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    media, host, client = network.host("media", MEDIA), network.host("relay", RELAY), network.host("client", CLIENT)
    with relay(host, tmp_path_factory.mktemp("relay")) as log:
        yield Places(network, media, client, log)


@pytest.mark.parametrize("ask", [bind, permit])
def test_relays_lead_to_the_media_port_and_nowhere_else(places: Places, ask: Callable[..., Awaitable[int]]) -> None:
    async def answers() -> dict[str, int]:
        return {peer: await with_relay(partial(ask, peer), right()) for peer in (MEDIA, *FORBIDDEN)}

    assert places.client.inside(asyncio.run, answers()) == {MEDIA: 0} | dict.fromkeys(FORBIDDEN, 403)


def test_no_address_of_the_other_family_leads_around(places: Places) -> None:
    async def answers() -> dict[str, int]:
        return {peer: await with_relay(partial(bind, peer), right()) for peer in FORBIDDEN_V6}

    for peer, code in places.client.inside(asyncio.run, answers()).items():
        assert code in (403, 443), peer  # forbidden, or RFC 8656: peer address family mismatch


def test_wrong_and_expired_rights_are_refused(places: Places) -> None:
    wrong = [right(-1), right(secret="another secret of somebody"), (right()[0], "x"), ("someone", "x"), ("", "")]
    changed = f"{int(time.time()) + 9999}:{right()[0].partition(':')[2]}", right()[1]

    async def answers() -> list[Any]:
        return [await with_relay(partial(bind, MEDIA), each) for each in [*wrong, changed]]

    assert places.client.inside(asyncio.run, answers()) == [401] * 6


@pytest.mark.parametrize(("transport", "port", "tls"), [("udp", 3478, False), ("tcp", 3478, False), ("tcp", 443, True)])
def test_data_passes_on_every_way(places: Places, transport: str, port: int, tls: bool) -> None:
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    echo = places.media.inside(_listening)

    async def send_and_wait(carrier: Any, _inside: Any, receiver: Receiver) -> bytes:
        carrier.sendto(b"voice", echo.getsockname())
        data, source = await asyncio.to_thread(echo.recvfrom, 100)
        assert source[0] == RELAY
        echo.sendto(b"answer to " + data, source)
        async with asyncio.timeout(10):
            return await receiver.got.get()

    way = {"server_addr": (RELAY, port), "transport": transport, "ssl": trust if tls else False}
    with echo:
        work = with_relay(send_and_wait, right(), **way)
        assert places.client.inside(asyncio.run, work) == b"answer to voice"


def test_nothing_of_those_who_took_part_is_written_down(places: Places) -> None:
    assert places.client.inside(asyncio.run, with_relay(partial(bind, MEDIA), right())) == 0
    printed = places.log.read_text(errors="replace")
    assert CLIENT not in printed
    assert SECRET not in printed


def test_a_symmetric_nat_gives_every_destination_another_port(places: Places) -> None:
    """The test network is what it is called: otherwise what is shown behind it shows nothing."""
    office = places.network.host("office", "10.9.8.7")
    places.network.symmetric_nat("10.9.8.7", NAT)
    doors = [places.media.inside(_listening) for _ in range(4)]
    with office.inside(socket.socket, socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sources = []
        for door in doors:
            sender.sendto(b"hello", door.getsockname())
            sources.append(door.recvfrom(100)[1])
            door.close()
    assert {address for address, _ in sources} == {NAT}
    assert len({port for _, port in sources}) > 1


def _listening() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((MEDIA, 0))
    sock.settimeout(10)
    return sock
