"""A coturn that also relays IPv6: to the media port's address alone, whatever way of writing another one is tried."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.networks.namespaces import Host, Network
from tests.networks.relay import MEDIA, RELAY, relay
from tests.networks.turn_client import Receiver, bind, permit, right, with_relay

MEDIA_V6, RELAY_V6, CLIENT_V6 = "2001:db8::20", "2001:db8::21", "2001:db8:1::30"
# Beyond what docs/operations.md tells to add (listening-ip): relays that are IPv6 themselves.
MORE = f"""
listening-ip={RELAY_V6}
relay-ip={RELAY_V6}
allowed-peer-ip={MEDIA_V6}
allocation-default-address-family=keep
"""
FORBIDDEN = [
    "::1", "::", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:172.16.0.1", "::ffff:192.168.1.1", "::ffff:169.254.169.254",
    "::ffff:0.0.0.0", f"::ffff:{RELAY}", "::127.0.0.1", "::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::1",
    RELAY_V6, CLIENT_V6, "2001:db8::1f", "2001:db8::22", "2606:4700:4700::1111",
]  # fmt: skip
Places = tuple[Host, Host]


@pytest.fixture(scope="module")
def places(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """The media port's host and a client's."""
    media, host = network.host("media", MEDIA_V6), network.host("relay", RELAY, RELAY_V6)
    with relay(host, tmp_path_factory.mktemp("relay"), MORE):
        yield media, network.host("client", CLIENT_V6)


async def over_ipv6(work: Any) -> Any:
    return await with_relay(work, right(), server_addr=(RELAY_V6, 3478))


@pytest.mark.parametrize("ask", [bind, permit])
def test_relays_lead_to_the_media_port_and_nowhere_else(places: Places, ask: Any) -> None:
    async def answers() -> dict[str, int]:
        return {peer: await over_ipv6(partial(ask, peer)) for peer in (MEDIA_V6, *FORBIDDEN)}

    assert places[1].inside(asyncio.run, answers()) == {MEDIA_V6: 0} | dict.fromkeys(FORBIDDEN, 403)


def test_no_relay_leads_to_the_other_family(places: Places) -> None:
    """RFC 8656 section 9.2: an address of another family than the relay's is a mismatch; here also the media port's."""

    async def answers() -> dict[str, int]:
        return {peer: await over_ipv6(partial(bind, peer)) for peer in (MEDIA, "127.0.0.1", "10.0.0.1")}

    assert set(places[1].inside(asyncio.run, answers()).values()) <= {403, 443}


def test_data_passes(places: Places) -> None:
    media, client = places
    with media.inside(socket.socket, socket.AF_INET6, socket.SOCK_DGRAM) as echo:
        echo.bind((MEDIA_V6, 0))
        echo.settimeout(10)

        async def send_and_wait(carrier: Any, _inside: Any, receiver: Receiver) -> bytes:
            carrier.sendto(b"voice", echo.getsockname()[:2])
            data, source = await asyncio.to_thread(echo.recvfrom, 100)
            assert source[0] == RELAY_V6
            echo.sendto(b"answer to " + data, source)
            async with asyncio.timeout(10):
                return await receiver.got.get()

        assert client.inside(asyncio.run, over_ipv6(send_and_wait)) == b"answer to voice"
