"""What every engine must do: joining, lists, moves, mutes, losses, silence and ends, with scripted people."""

from __future__ import annotations

import asyncio

import pytest

from signaling.media.engine import (
    BadOffer,
    MediaEngine,
    PeerBack,
    PeerConnected,
    PeerGone,
    PeerSilent,
    SpeakerChanged,
)
from tests.media.hall import DELTA, KEY, Hall, got, settle
from tests.media.waiting import slack, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_listed_people_get_exactly_what_is_sent(hall: Hall[MediaEngine]) -> None:
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


async def test_nobody_is_forwarded_by_default(hall: Hall[MediaEngine]) -> None:
    a, b = await hall.enter("a", "b")
    assert b.given() == set()
    a.send("audio", b"secret")
    await settle()
    assert b.received == []


async def test_a_cut_needs_no_negotiation_and_opening_again_neither(hall: Hall[MediaEngine]) -> None:
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


async def test_a_source_may_come_later_and_come_again(hall: Hall[MediaEngine]) -> None:
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


async def test_a_line_that_was_cut_carries_somebody_else(hall: Hall[MediaEngine]) -> None:
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


async def test_the_mediator_mutes_a_kind(hall: Hall[MediaEngine]) -> None:
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


async def test_screens_are_a_second_picture(hall: Hall[MediaEngine]) -> None:
    await hall.together("a", "b")
    a = await hall.join("a", 1, ("audio", "video", "screen"))
    b = await hall.join("b", 2)
    a.send("video", KEY + b"face")
    a.send("screen", KEY + b"slides")
    await until(lambda: len(b.received) == 2)
    assert (got(b, "video"), got(b, "screen")) == ([KEY + b"face"], [KEY + b"slides"])


async def test_a_screen_that_was_forbidden_shows_again_when_it_is_allowed(hall: Hall[MediaEngine]) -> None:
    await hall.together("a", "b")
    a = await hall.join("a", 1, ("audio", "video", "screen"))
    b = await hall.join("b", 2)
    await hall.engine.mute(hall.room, "a", ["screen"])
    a.send("screen", KEY + b"forbidden")
    a.send("video", KEY + b"face")
    await until(lambda: got(b, "video") == [KEY + b"face"])
    await hall.engine.mute(hall.room, "a", [])
    a.send("screen", KEY + b"allowed")
    await until(lambda: got(b, "screen") == [KEY + b"allowed"])


async def test_lost_packets_are_asked_for_and_given_again(hall: Hall[MediaEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("video", KEY + b"0")
    lost = a.send("video", DELTA + b"1", lose=True)
    for number in range(2, 6):
        await asyncio.sleep(0.02)
        a.send("video", DELTA + b"%d" % number)
    await until(lambda: any(lost in getattr(packet, "lost", []) for packet in a.rtcp))
    a.raw("video", 96, a.ssrcs["video"], lost, 0, DELTA + b"1")
    await until(lambda: len(got(b, "video")) == 6)
    first = b.received[0].packet.sequence_number
    offsets = [(item.packet.sequence_number - first & 0xFFFF, item.packet.payload[-1:]) for item in b.received]
    assert offsets == [(0, b"0"), (2, b"2"), (3, b"3"), (4, b"4"), (5, b"5"), (1, b"1")]


async def test_nothing_from_before_the_list_can_be_asked_for(hall: Hall[MediaEngine]) -> None:
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
    b.ask_again(first.ssrc, [first.sequence_number - back & 0xFFFF for back in range(1, 11)])
    await settle()
    assert got(b, "video") == [KEY + b"after"]


async def test_audio_level_is_carried_and_tells_who_speaks(hall: Hall[MediaEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    loud = bytes.fromhex("bede000110940000")
    for _ in range(60):
        a.send("audio", b"voice", extensions=loud)
        await asyncio.sleep(0.02)
    await until(lambda: SpeakerChanged(hall.room, "a", True) in hall.events)
    assert b.received[0].extensions[1] == b"\x94"
    await until(lambda: SpeakerChanged(hall.room, "a", False) in hall.events, within=5)


async def test_silence_return_and_goodbye_are_told(hall: Hall[MediaEngine]) -> None:
    await hall.together("a", "b")
    a, _ = await hall.enter("a", "b")
    a.send("audio", b"x")
    assert a._task
    a._task.cancel()
    await until(lambda: silences(hall) != [], within=8)
    assert [(event.peer, 3 <= event.seconds < 4.5 * slack()) for event in silences(hall)] == [("a", True)]
    a.send("audio", b"back")
    await until(lambda: PeerBack(hall.room, "a") in hall.events, within=2)
    await a.close()
    await until(lambda: PeerGone(hall.room, "a") in hall.events, within=2)


def silences(hall: Hall[MediaEngine]) -> list[PeerSilent]:
    return [event for event in hall.events if isinstance(event, PeerSilent) and event.room == hall.room]


async def test_ice_restart_from_another_address_keeps_the_streams(hall: Hall[MediaEngine]) -> None:
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


async def test_bad_offers_hurt_only_their_sender(hall: Hall[MediaEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    with pytest.raises(BadOffer, match="malformed"):
        await hall.engine.answer(hall.room, "b", "v=0\r\nnonsense")
    a.send("audio", b"fine")
    await until(lambda: got(b) == [b"fine"])


async def test_closing_a_peer_or_room_ends_their_media(hall: Hall[MediaEngine]) -> None:
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    await hall.engine.close_peer(hall.room, "b")
    a.send("audio", b"x")
    await settle()
    assert b.received == []
    await hall.engine.close_room(hall.room)
    assert await hall.engine.stats(hall.room) == {}
    await until(a.closed.is_set)


async def test_stats_count_both_ways(hall: Hall[MediaEngine]) -> None:
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
