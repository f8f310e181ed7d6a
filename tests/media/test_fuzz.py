"""Hostile bytes, drawn from seeded generators: no crash, no leak, no answer to strangers.

10,000 inputs each by default, 100,000 in the soak run.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from signaling.media.engine import BadOffer
from signaling.media.sfu import EmbeddedEngine, create_engine, feedback, rtcp, rtp, stun, vp8
from signaling.media.sfu.bandwidth import Departures, Estimate
from signaling.media.sfu.codecs import describe
from signaling.media.sfu.negotiation import plan
from signaling.media.sfu.sdp_answer import Transport, write_answer
from signaling.media.sfu.sdp_offer import parse_offer
from tests.media.scripted_client import ScriptedClient
from tests.media.waiting import until

OFFER = (Path(__file__).with_name("offers") / "firefox.sdp").read_text().encode()
CHECK = stun.request(b"t" * 12, "ours:theirs", "p" * 22, stun.attribute(stun.USE_CANDIDATE, b""))
PACKET = bytes.fromhex("906f00010000000200000003bede000110850000") + bytes(50)
FEEDBACK = rtcp.receiver_report(1, []) + rtcp.nack(1, 2, [3, 4, 90]) + rtcp.picture_loss(1, 2)
FEEDBACK += rtcp.sender_report(1, 2, 3, 4, 5) + rtcp.estimated_rate(1, 300_000, [2, 3])
ARRIVALS = bytes.fromhex(
    "8fcd0006 00000001 00000002 fff00009 00012301 2003 d940 40ff 10ff80 0102030405".replace(" ", "")
)
CLIENT_HELLO = bytes.fromhex("16feff000000000000000000380100002c000000000000002cfefd") + bytes(50)
DIALECTS = (CHECK, PACKET, FEEDBACK, CLIENT_HELLO)
AMOUNTS = [
    pytest.param(10_000, id="10k"),
    pytest.param(100_000, id="100k", marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
]


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Change, cut, double or insert a few bytes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(changed) + 1)
        kind = rng.randrange(5)
        if kind == 0 and at < len(changed):
            changed[at] = rng.choice((0, 0xFF, 0x7F, rng.randrange(256)))
        elif kind == 1:
            del changed[at : at + rng.randint(1, 12)]
        elif kind == 2:
            changed[at:at] = rng.randbytes(rng.randint(1, 12))
        elif kind == 3:
            changed[at:at] = changed[at : at + rng.randint(1, 40)]
        elif at + 2 <= len(changed):
            changed[at : at + 2] = rng.choice((b"\0\0", b"\xff\xff", b"\0\x01", b"\x7f\xff"))
    return bytes(changed)


def mutated_lines(rng: random.Random, data: bytes) -> str:
    """Leave out, repeat, swap or spoil lines of a description."""
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 8)):
        at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        kind = rng.randrange(6)
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(other, lines[at])
        elif kind == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            lines[at] = mutated(rng, lines[at])
        elif kind == 4:
            lines[at] = lines[at].partition(b":")[0] + rng.choice((b":", b":  ", b": \xc2\xb2", b":" + b"9" * 5000))
        else:
            lines[at] = lines[at].replace(b" ", rng.choice((b"", b"  ", b":", b"-1 ", b"4294967296 ")), 1)
    return b"\n".join(lines).decode("utf-8", "replace")


def answered(text: str) -> None:
    """What the engine does with an offer, without a connection."""
    offer = parse_offer(text)
    made = plan(offer, {}, {}, {"a", "b"})
    write_answer(offer, Transport(1, 1, "u", "p", "sha-256 AA", "192.0.2.1", 9), made.own, {})


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.timeout(600)
def test_offers(amount: int) -> None:
    rng = random.Random(2)
    refused = 0
    for _ in range(amount):
        try:
            answered(mutated_lines(rng, OFFER))
        except BadOffer:
            refused += 1
    assert amount * 0.05 < refused < amount * 0.95


def fed_back(data: bytes) -> None:
    """What a connection does with a decrypted compound that may hold transport-wide feedback."""
    departures, estimate = Departures(), Estimate()
    for _ in range(20):
        departures.next(500, 1.0)
    for part in rtcp.parts(data):
        if feedback.is_feedback(part) and (told := feedback.read(part)):
            estimate.take(departures.matched(*told), 1.0)


def described(codec: str, payload: bytes) -> None:
    """What a layer reads in a payload, and what a downlink writes there."""
    packet = rtp.Packet(0, 96, 1, 1, 1)
    packet.payload = payload
    describe(codec, packet)
    vp8.longer_side(payload)
    if packet.picture >= 0:
        vp8.renumber(bytearray(payload) + bytearray(8), 0, 5, 7)


def opened(data: bytes) -> None:
    if packet := rtp.parse(data, len(data)):
        for ident in range(16):
            packet.extension(ident)


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize(
    ("seed", "read"),
    [
        (CHECK, stun.parse_request),
        (PACKET, opened),
        (FEEDBACK, rtcp.parse),
        (ARRIVALS, fed_back),
        (bytes.fromhex("90f0850102409d012a80020801"), lambda data: described("vp8", data)),
        (bytes.fromhex("7800106742"), lambda data: described("h264", data)),
    ],
    ids=["stun", "rtp", "rtcp", "transport-cc", "vp8", "h264"],
)
def test_readers(amount: int, seed: bytes, read: Callable[[bytes], object]) -> None:
    rng = random.Random(3)
    for _ in range(amount):
        read(mutated(rng, seed) if rng.random() < 0.8 else rng.randbytes(rng.randrange(80)))


@pytest.fixture
async def engine() -> AsyncIterator[EmbeddedEngine]:
    made = await create_engine("127.0.0.1", 0, lambda event: None)
    yield made
    await made.close()


def memory_of(pid: int) -> int:
    """Resident memory of a process in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


async def two_people(engine: EmbeddedEngine) -> tuple[ScriptedClient, ScriptedClient]:
    await engine.listen("room", {"a": ["b"], "b": ["a"]})
    clients = []
    for name in ("a", "b"):

        async def answer(offer: str, name: str = name) -> str:
            return await engine.answer("room", name, offer)

        clients.append(ScriptedClient(name, answer))
        await clients[-1].join(1)
    return clients[0], clients[1]


async def still_works(a: ScriptedClient, b: ScriptedClient) -> None:
    b.received.clear()
    a.send("audio", b"still here")
    await until(lambda: [item.packet.payload for item in b.received][-1:] == [b"still here"])


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.timeout(600)
async def test_strangers_get_no_answer_and_leave_no_trace(engine: EmbeddedEngine, amount: int) -> None:
    a, b = await two_people(engine)
    pid = engine.workers[0].pid
    assert pid
    rng = random.Random(4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        for number in range(amount):
            if number == amount // 10:
                before = memory_of(pid)
            data = mutated(rng, rng.choice(DIALECTS)) if rng.random() < 0.9 else rng.randbytes(rng.randrange(1400))
            stranger.sendto(data, ("127.0.0.1", engine.ports[0]))
            if number % 200 == 0:
                await asyncio.sleep(0.002)
        await asyncio.sleep(0.2)
        with suppress(BlockingIOError):
            pytest.fail(f"an answer to a stranger: {stranger.recv(2048).hex()}")
    await still_works(a, b)
    assert engine.workers[0].pid == pid
    assert memory_of(pid) - before < 4096
    await a.close()
    await b.close()


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.timeout(600)
async def test_a_hostile_participant_hurts_nobody_else(engine: EmbeddedEngine, amount: int) -> None:
    """Correctly encrypted nonsense, from somebody who holds a link."""
    a, b = await two_people(engine)
    hostile = ScriptedClient("h", lambda offer: engine.answer("room", "h", offer))
    await engine.listen("room", {"a": ["b", "h"], "b": ["a", "h"], "h": ["a", "b"]})
    await hostile.join(2)
    await a.negotiate()
    pid = engine.workers[0].pid
    assert pid
    rng = random.Random(5)
    for number in range(amount):
        if number == amount // 10:
            before = memory_of(pid)
        attack(rng, hostile)
        if number % 200 == 0:
            await asyncio.sleep(0.005)
    await still_works(a, b)
    assert engine.workers[0].pid == pid
    assert memory_of(pid) - before < 8192
    for client in (a, b, hostile):
        await client.close()


def attack(rng: random.Random, hostile: ScriptedClient) -> None:
    kind = rng.randrange(4)
    if kind == 0:
        ssrc = rng.choice((*hostile.ssrcs.values(), rng.randrange(1 << 32)))
        payload = mutated(rng, b"\x90\x80\x85\x01\x00" + bytes(20))
        extensions = mutated(rng, bytes.fromhex("bede000110850000")) if rng.random() < 0.5 else b""
        sequence, stamp = rng.randrange(1 << 16), rng.randrange(1 << 32)
        hostile.raw("video", rng.choice((96, 97, 111, 5)), ssrc, sequence, stamp, payload, True, extensions)
    elif kind == 1:
        hostile.send_rtcp(mutated(rng, rng.choice((FEEDBACK, ARRIVALS)))[:1200])
    elif kind == 2:
        sources = list(hostile.sources) or [1]
        ssrc = rng.choice(sources)
        asked = rng.sample(range(0x10000), 20)
        hostile.send_rtcp(rtcp.nack(1, ssrc, asked) + rtcp.picture_loss(1, ssrc))
    else:
        hostile._send(mutated(rng, CLIENT_HELLO))
