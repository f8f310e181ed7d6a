"""What the embedded forwarder does beyond the contract of all engines (contract/), with scripted people on a real worker."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiortc.rtp import RtcpSrPacket

from signaling.media.engine import MediaEvent
from signaling.media.sfu import EmbeddedEngine, create_engine, rtcp
from tests.media.hall import DELTA, KEY, Hall, got, settle
from tests.media.scripted_client import RTX_PT
from tests.media.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started() -> AsyncIterator[tuple[EmbeddedEngine, list[MediaEvent]]]:
    """One engine for all tests here, each in a room of its own."""
    events: list[MediaEvent] = []
    engine = await create_engine("127.0.0.1", 0, events.append)
    yield engine, events
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module")
async def hall(started: tuple[EmbeddedEngine, list[MediaEvent]]) -> AsyncIterator[Hall[EmbeddedEngine]]:
    made = Hall(*started)
    yield made
    await made.leave()


async def test_pictures_begin_with_a_keyframe_that_is_asked_for(hall: Hall[EmbeddedEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("video", DELTA + b"lost on b")
    await until(lambda: a.keyframes_wanted > 0)
    await settle()
    assert b.received == []
    a.send("video", KEY + b"now")
    a.send("video", DELTA + b"then")
    await until(lambda: got(b, "video") == [KEY + b"now", DELTA + b"then"])


async def test_a_retransmission_of_the_browser_is_forwarded_as_the_packet_it_was(hall: Hall[EmbeddedEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("video", KEY + b"0")
    lost = a.send("video", DELTA + b"1", timestamp=77, lose=True)
    a.send("video", DELTA + b"2")
    a.raw("video", RTX_PT, 4_000_000_001, 9, 77, struct.pack("!H", lost) + DELTA + b"1")
    a.raw("video", RTX_PT, 4_000_000_001, 10, 77, struct.pack("!H", lost) + DELTA + b"1")
    await until(lambda: len(got(b, "video")) == 3)
    await settle()
    first = b.received[0].packet
    offsets = [(item.packet.sequence_number - first.sequence_number & 0xFFFF) for item in b.received]
    assert offsets == [0, 2, 1]
    assert {item.packet.ssrc for item in b.received} == {first.ssrc}
    assert got(b, "video") == [KEY + b"0", DELTA + b"2", DELTA + b"1"]


async def test_a_receiver_gets_lost_packets_again_on_the_repair_stream(hall: Hall[EmbeddedEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    for number in range(5):
        a.send("video", (KEY if number == 0 else DELTA) + b"%d" % number)
    await until(lambda: len(b.received) == 5)
    third = b.received[2].packet
    b.ask_again(third.ssrc, [third.sequence_number])
    await until(lambda: len(b.received) == 6)
    again = b.received[5]
    assert again.repaired
    assert again.packet.payload_type == RTX_PT
    assert again.packet.payload == struct.pack("!H", third.sequence_number) + third.payload


async def test_sender_reports_follow_the_stream(hall: Hall[EmbeddedEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("audio", b"x", timestamp=160_000)
    await until(lambda: len(b.received) == 1)
    a.send_rtcp(rtcp.sender_report(a.ssrcs["audio"], 7 << 32, 160_960, 1, 1))
    await until(lambda: any(isinstance(packet, RtcpSrPacket) for packet in b.rtcp))
    report = next(packet for packet in b.rtcp if isinstance(packet, RtcpSrPacket))
    heard = b.received[0].packet
    assert report.ssrc == heard.ssrc
    assert report.sender_info.ntp_timestamp == 7 << 32
    assert report.sender_info.rtp_timestamp - heard.timestamp & 0xFFFFFFFF == 960


async def test_a_forged_address_can_not_take_a_stream_away(hall: Hall[EmbeddedEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    c = await hall.join("c", 0)
    c.socket.close()
    c.socket = b.socket.dup()
    c.check()
    await settle()
    a.send("audio", b"still for b")
    await until(lambda: got(b) == [b"still for b"])


async def test_a_flood_by_a_participant_is_not_passed_on(hall: Hall[EmbeddedEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("video", KEY)
    for number in range(6000):
        a.send("video", DELTA + bytes(1000))
        if number % 50 == 0:
            await asyncio.sleep(0)
    await until(lambda: len(b.received) > 900)
    await settle()
    assert len(b.received) < 3500
    await asyncio.sleep(1.2)
    b.received.clear()
    a.send("video", KEY + b"calm again")
    await until(lambda: got(b, "video")[-1:] == [KEY + b"calm again"])


async def test_stats_tell_which_picture_everybody_gets(hall: Hall[EmbeddedEngine]) -> None:
    await hall.engine.listen(hall.room, {"a": ["b"], "b": ["a"]})
    a = await hall.join("a", 1)
    await hall.join("b", 1, ("audio",))
    assert {name: peer.layers for name, peer in (await hall.engine.stats(hall.room)).items()} == {
        "a": {},
        "b": {"a": "off"},
    }
    a.send("video", KEY)
    await until(lambda: got(hall.people["b"], "video") == [KEY])
    assert (await hall.engine.stats(hall.room))["b"].layers == {"a": "high"}
    await hall.engine.listen(hall.room, {})
    assert (await hall.engine.stats(hall.room))["b"].layers == {}
