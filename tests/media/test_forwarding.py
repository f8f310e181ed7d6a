"""Joining, lists, moves, mutes, silence and ends, with scripted people on a real worker."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiortc.rtp import RtcpSrPacket

from signaling.media.engine import BadOffer, MediaEvent, PeerBack, PeerConnected, PeerGone, PeerSilent, SpeakerChanged
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
async def hall(started: tuple[EmbeddedEngine, list[MediaEvent]]) -> AsyncIterator[Hall]:
    made = Hall(*started)
    yield made
    await made.leave()


async def test_listed_people_get_exactly_what_is_sent(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    for number in range(20):
        a.send("audio", b"voice %d" % number)
        a.send("video", (KEY if number == 0 else DELTA) + b"%d" % number)
    await until(lambda: len(b.received) == 40)
    assert got(b) == [b"voice %d" % number for number in range(20)]
    assert got(b, "video") == [KEY + b"0", *(DELTA + b"%d" % number for number in range(1, 20))]
    assert {item.source for item in b.received} == {"a"}
    assert a.received == []
    assert PeerConnected(hall.room, "b") in hall.events


async def test_nobody_is_forwarded_by_default(hall: Hall) -> None:
    a, b = await hall.enter("a", "b")
    assert "a=msid:" not in b.answer_text
    a.send("audio", b"secret")
    await settle()
    assert b.received == []


async def test_a_cut_needs_no_negotiation_and_opening_again_neither(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("audio", b"1")
    await until(lambda: got(b) == [b"1"])
    await hall.engine.listen(hall.room, {"a": ["b"]})
    a.send("audio", b"2")
    await settle()
    await hall.together("a", "b")
    a.send("audio", b"3")
    await until(lambda: got(b) == [b"1", b"3"])
    numbers = [item.packet.sequence_number for item in b.received]
    assert numbers[1] == (numbers[0] + 1) & 0xFFFF, "the cut shows as no gap"


async def test_a_source_may_come_later_and_come_again(hall: Hall) -> None:
    await hall.together("a", "b")
    b = await hall.join("b", 1)
    for word in (b"first", b"second"):
        a = await hall.join("a", 1)
        a.send("audio", word)
        await until(lambda word=word: got(b)[-1:] == [word])
        await a.close()
    assert len({item.packet.ssrc for item in b.received}) == 1
    first, second = (item.packet.sequence_number for item in b.received)
    assert second == (first + 1) & 0xFFFF


async def test_moves_give_a_reused_line_a_fresh_stream(hall: Hall) -> None:
    await hall.engine.listen(hall.room, {"m": ["a"]})
    m = await hall.join("m", 1)
    a = await hall.join("a", 1)
    b = await hall.join("b", 1)
    a.send("audio", b"from a")
    await until(lambda: got(m) == [b"from a"])
    await hall.engine.listen(hall.room, {"m": ["b"]})
    await m.negotiate()
    b.send("audio", b"from b")
    a.send("audio", b"unheard")
    await until(lambda: len(m.received) == 2)
    await settle()
    assert [(item.source, item.packet.payload) for item in m.received] == [("a", b"from a"), ("b", b"from b")]
    assert m.received[0].packet.ssrc != m.received[1].packet.ssrc


async def test_pictures_begin_with_a_keyframe_that_is_asked_for(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("video", DELTA + b"lost on b")
    await until(lambda: a.keyframes_wanted > 0)
    await settle()
    assert b.received == []
    a.send("video", KEY + b"now")
    a.send("video", DELTA + b"then")
    await until(lambda: got(b, "video") == [KEY + b"now", DELTA + b"then"])


async def test_the_mediator_mutes_a_kind(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    await hall.engine.mute(hall.room, "a", ["audio"])
    a.send("audio", b"muted")
    a.send("video", KEY)
    await until(lambda: got(b, "video") == [KEY])
    await settle()
    assert got(b) == []
    await hall.engine.mute(hall.room, "a", [])
    a.send("audio", b"open")
    await until(lambda: got(b) == [b"open"])


async def test_screens_are_a_second_picture(hall: Hall) -> None:
    await hall.together("a", "b")
    a = await hall.join("a", 1, ("audio", "video", "screen"))
    b = await hall.join("b", 2)
    a.send("video", KEY + b"face")
    a.send("screen", KEY + b"slides")
    await until(lambda: len(b.received) == 2)
    assert (got(b, "video"), got(b, "screen")) == ([KEY + b"face"], [KEY + b"slides"])


async def test_lost_packets_are_asked_for_and_given_again(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("video", KEY + b"0")
    lost = a.send("video", DELTA + b"1", lose=True)
    a.send("video", DELTA + b"2")
    await until(lambda: any(lost in getattr(packet, "lost", []) for packet in a.rtcp))
    a.raw("video", 96, a.ssrcs["video"], lost, 0, DELTA + b"1")
    await until(lambda: len(got(b, "video")) == 3)
    first = b.received[0].packet.sequence_number
    offsets = [(item.packet.sequence_number - first & 0xFFFF, item.packet.payload[-1:]) for item in b.received]
    assert offsets == [(0, b"0"), (2, b"2"), (1, b"1")]


async def test_a_retransmission_of_the_browser_is_forwarded_as_the_packet_it_was(hall: Hall) -> None:
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


async def test_a_receiver_gets_lost_packets_again_on_the_repair_stream(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    for number in range(5):
        a.send("video", (KEY if number == 0 else DELTA) + b"%d" % number)
    await until(lambda: len(b.received) == 5)
    third = b.received[2].packet
    b.send_rtcp(rtcp.nack(1, third.ssrc, [third.sequence_number]))
    await until(lambda: len(b.received) == 6)
    again = b.received[5]
    assert again.repaired
    assert again.packet.payload_type == RTX_PT
    assert again.packet.payload == struct.pack("!H", third.sequence_number) + third.payload


async def test_nothing_from_before_the_list_can_be_asked_for(hall: Hall) -> None:
    await hall.engine.listen(hall.room, {"b": []})
    a, b = await hall.enter("a", "b")
    for number in range(10):
        a.send("video", KEY + b"before %d" % number)
    await settle()
    await hall.together("a", "b")
    await b.negotiate()
    a.send("video", KEY + b"after")
    await until(lambda: len(b.received) == 1)
    first = b.received[0].packet
    b.send_rtcp(rtcp.nack(1, first.ssrc, [first.sequence_number - back & 0xFFFF for back in range(1, 11)]))
    await settle()
    assert got(b, "video") == [KEY + b"after"]


async def test_sender_reports_follow_the_stream(hall: Hall) -> None:
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


async def test_audio_level_is_carried_and_tells_who_speaks(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    loud = bytes.fromhex("bede000110940000")
    for _ in range(60):
        a.send("audio", b"voice", extensions=loud)
        await asyncio.sleep(0.02)
    assert SpeakerChanged(hall.room, "a", True) in hall.events
    assert b.received[0].extensions[1] == b"\x94"
    await until(lambda: SpeakerChanged(hall.room, "a", False) in hall.events, within=5)


async def test_silence_return_and_goodbye_are_told(hall: Hall) -> None:
    await hall.together("a", "b")
    a, _ = await hall.enter("a", "b")
    a.send("audio", b"x")
    assert a._task
    a._task.cancel()
    await until(lambda: any(isinstance(event, PeerSilent) for event in hall.events), within=8)
    silent = next(event for event in hall.events if isinstance(event, PeerSilent))
    assert (silent.peer, 3 <= silent.seconds < 4.5) == ("a", True)
    a.check()
    await until(lambda: PeerBack(hall.room, "a") in hall.events, within=2)
    await a.close()
    await until(lambda: PeerGone(hall.room, "a") in hall.events, within=2)


async def test_ice_restart_from_another_address_keeps_the_streams(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("audio", b"1")
    await until(lambda: got(b) == [b"1"])
    before = b.answer_text
    b.restart_ice()
    b.move_network()
    await b.negotiate()
    assert b.answer_text.split("ice-ufrag:")[1][:12] != before.split("ice-ufrag:")[1][:12]
    b.check()
    await settle()
    a.send("audio", b"2")
    await until(lambda: got(b) == [b"1", b"2"])
    first, second = (item.packet for item in b.received)
    assert (second.ssrc, second.sequence_number) == (first.ssrc, first.sequence_number + 1 & 0xFFFF)


async def test_a_forged_address_can_not_take_a_stream_away(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    c = await hall.join("c", 0)
    c.socket.close()
    c.socket = b.socket.dup()
    c.check()
    await settle()
    a.send("audio", b"still for b")
    await until(lambda: got(b) == [b"still for b"])


async def test_bad_offers_hurt_only_their_sender(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    with pytest.raises(BadOffer, match="malformed"):
        await hall.engine.answer(hall.room, "b", "v=0\r\nnonsense")
    a.send("audio", b"fine")
    await until(lambda: got(b) == [b"fine"])


async def test_closing_a_peer_or_room_ends_their_media(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    await hall.engine.close_peer(hall.room, "b")
    a.send("audio", b"x")
    await settle()
    assert b.received == []
    await hall.engine.close_room(hall.room)
    assert await hall.engine.stats(hall.room) == {}
    await until(a.closed.is_set)


async def test_a_flood_by_a_participant_is_not_passed_on(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("video", KEY)
    for number in range(6000):
        a.send("video", DELTA + bytes(1000))
        if number % 50 == 0:
            await asyncio.sleep(0)
    await settle()
    assert 900 < len(b.received) < 3500
    await asyncio.sleep(1.2)
    b.received.clear()
    a.send("video", KEY + b"calm again")
    await until(lambda: got(b, "video")[-1:] == [KEY + b"calm again"])


async def test_stats_count_both_ways(hall: Hall) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    for _ in range(10):
        a.send("audio", b"x")
    await until(lambda: len(b.received) == 10)
    stats = await hall.engine.stats(hall.room)
    assert (stats["a"].packets_in, stats["b"].packets_out) == (10, 10)
    assert stats["a"].tracks["audio"].packets == 10
    assert stats["a"].connected
    assert stats["b"].last_media is None


async def test_stats_tell_which_picture_everybody_gets(hall: Hall) -> None:
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
