"""A mediation held across hard networks, with real pages in real browsers: each joins, and stays through trouble."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.clips import LOOKS, make_clip
from tests.journey.moves import all_together
from tests.journey.play import Play, until_heard, until_seen
from tests.networks.meeting import meeting
from tests.networks.namespaces import Network
from tests.networks.relay import RELAY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

OFFICE, HOME, MOBILE = "203.0.113.30", "203.0.113.31", "203.0.113.32"
BEHIND_NAT, NAT = "10.9.8.7", "203.0.113.99"
# The pair of addresses that media takes, as the browser's own figures tell it.
WAY = """async () => {
    const figures = await probes.connection().getStats();
    const pair = [...figures.values()].find((each) => each.type === 'candidate-pair' && each.nominated);
    const { candidateType, relayProtocol, address } = figures.get(pair.localCandidateId);
    return { type: candidateType, protocol: relayProtocol, address };
}"""


@dataclass
class Meeting:
    """Mediator, mother and father in the main room, each on a host of their own."""

    network: Network
    play: Play
    desk: Page
    mother: Page
    father: Page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def held(network: Network, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Meeting]:
    """The mother's office lets no UDP out. The father's lets out nothing but web pages, the workstation's own port and
    443. The mediator sits behind a symmetric NAT."""
    folder: Path = tmp_path_factory.mktemp("meeting")
    people = {
        "mother": network.host("mother", OFFICE),
        "father": network.host("father", HOME),
        "mediator": network.host("mediator", BEHIND_NAT),
    }
    network.block(OFFICE, "meta l4proto udp")
    network.block(HOME, "meta l4proto udp")
    network.block(HOME, "tcp dport != { 443, 8080 }")
    network.symmetric_nat(BEHIND_NAT, NAT)
    clips = {name: make_clip(folder, name) for name in LOOKS}
    async with meeting(network, people, folder, clips) as play:
        yield Meeting(network, play, *await all_together(play))


async def way(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(WAY)
    return found


async def test_without_udp_people_join_through_tcp_and_through_tls_on_443(held: Meeting) -> None:
    assert await way(held.mother) == {"type": "relay", "protocol": "tcp", "address": RELAY}
    assert await way(held.father) == {"type": "relay", "protocol": "tls", "address": RELAY}
    await until_seen(held.father, "mediator", "mother")
    await until_heard(held.father, "mediator", "mother")
    await until_heard(held.mother, "father", "mediator")


async def test_behind_a_symmetric_nat_one_joins_without_the_relay(held: Meeting) -> None:
    taken = await way(held.desk)
    assert taken["type"] == "prflx"
    assert taken["address"] == NAT
    await until_seen(held.desk, "father", "mother")
    await until_heard(held.desk, "father", "mother")
