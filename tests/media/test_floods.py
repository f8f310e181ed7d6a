"""A flood of one participant, or of strangers, costs the others nothing (OWASP ASVS 5.0 V17.2)."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from signaling.media.engine import MediaEvent
from signaling.media.sfu import EmbeddedEngine, create_engine, rtcp, stun
from tests.media.hall import KEY, Hall, got, settle
from tests.media.scripted_client import ScriptedClient
from tests.media.test_fuzz import CLIENT_HELLO
from tests.media.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
VOICE_PACKETS = 50
PER_VOICE_PACKET = 200


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine() -> AsyncIterator[EmbeddedEngine]:
    made = await create_engine("127.0.0.1", 0, lambda event: None)
    yield made
    await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def hall(engine: EmbeddedEngine) -> AsyncIterator[Hall]:
    events: list[MediaEvent] = []
    made = Hall(engine, events)
    await made.together("a", "b", "hostile")
    await made.enter("a", "b", "hostile")
    yield made
    await made.leave()


async def others_talk_during(hall: Hall, flood: Callable[[], object]) -> None:
    """While `flood` is called thousands of times a second, every word of a reaches b."""
    a, b = hall.people["a"], hall.people["b"]
    for number in range(VOICE_PACKETS):
        a.send("audio", b"%d" % number)
        for _ in range(PER_VOICE_PACKET):
            flood()
        await asyncio.sleep(0.01)
    await until(lambda: len(from_a(b)) == VOICE_PACKETS)


def from_a(b: ScriptedClient) -> list[bytes]:
    return [item.packet.payload for item in b.received if (item.source, item.kind) == ("a", "audio")]


def answers(client: ScriptedClient) -> list[bytes]:
    """Binding responses that come to this client from now on."""
    seen: list[bytes] = []
    read = client.socket

    def note() -> None:
        while True:
            try:
                data = read.recv(2048)
            except OSError:
                return
            if data[0] < 4:
                seen.append(data)

    asyncio.get_running_loop().add_reader(read.fileno(), note)
    return seen


async def test_checks_of_a_participant(hall: Hall) -> None:
    hostile = hall.people["hostile"]
    seen = answers(hostile)
    await others_talk_during(hall, hostile.check)
    assert 100 <= len(seen) < 1000  # of 10,000
    await asyncio.sleep(1)
    seen.clear()
    hostile.check()
    await until(lambda: len(seen) == 1)


async def test_checks_of_others_in_somebodys_name_do_not_cost_that_person_the_consent(hall: Hall) -> None:
    """Who saw a user name on the way, and not the password, floods with it."""
    b, hostile = hall.people["b"], hall.people["hostile"]
    name = f"{b._remote[0]}:{b.ufrag}"
    forged = stun.request(secrets.token_bytes(12), name, "not the password", stun.attribute(stun.USE_CANDIDATE, b""))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        await others_talk_during(hall, lambda: stranger.sendto(forged, hostile.server))
        seen = answers(b)
        b.check()
        await until(lambda: len(seen) == 1)


async def test_handshakes_of_a_participant(hall: Hall) -> None:
    hostile = hall.people["hostile"]
    await others_talk_during(hall, lambda: hostile._send(CLIENT_HELLO))
    hostile.send("audio", b"the flood is over")
    await until(lambda: got(hall.people["a"]) == [b"the flood is over"])


async def test_small_packets_of_a_participant(hall: Hall) -> None:
    hostile, b = hall.people["hostile"], hall.people["b"]
    hostile.send("video", KEY)
    await others_talk_during(hall, lambda: hostile.send("video", KEY))
    passed = [item for item in b.received if item.source == "hostile"]
    assert 1000 < len(passed) < 8000  # of 10,000
    await asyncio.sleep(1)
    hostile.send("video", KEY + b"calm")
    await until(lambda: got(b, "video")[-1:] == [KEY + b"calm"])


async def test_feedback_of_a_participant(hall: Hall) -> None:
    hostile = hall.people["hostile"]
    ssrc = next(ssrc for ssrc, (source, kind, _) in hostile.sources.items() if (source, kind) == ("a", "video"))
    await others_talk_during(hall, lambda: hostile.send_rtcp(rtcp.picture_loss(1, ssrc) + rtcp.nack(1, ssrc, [1, 2])))


@pytest.mark.parametrize("data", [CLIENT_HELLO, stun.request(b"t" * 12, "no:body", "p"), b"\x80\x60" + bytes(60)])
async def test_strangers(hall: Hall, data: bytes) -> None:
    server = hall.people["a"].server
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        await others_talk_during(hall, lambda: stranger.sendto(data, server))
        late = await hall.join("late", 2)  # who comes during a flood gets in
    assert late.connected.is_set()


async def test_a_stranger_who_says_hello_first_is_not_taken_for_the_browser(hall: Hall) -> None:
    """The handshake belongs to an address that proved the password (V17.2.6)."""
    server = hall.people["a"].server
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:

        async def answer(offer: str) -> str:
            text = await hall.engine.answer(hall.room, "late", offer)
            for _ in range(20):
                stranger.sendto(CLIENT_HELLO, server)
            return text

        late = hall.people["late"] = ScriptedClient("late", answer)
        await late.join(0)
        stranger.setblocking(False)
        await settle()
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
