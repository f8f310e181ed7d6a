"""A camera in three sizes, with scripted people on a real worker: who gets which, and what it takes to change."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio
from aiortc.rtp import RtcpPsfbPacket, RtcpSrPacket

from signaling.media.engine import BadOffer, LayersWanted, MediaEvent
from signaling.media.sfu import EmbeddedEngine, create_engine, rtcp, rtp
from tests.media.hall import Hall, got, settle
from tests.media.scripted_client import RTX_PT, ScriptedClient
from tests.media.waiting import slack, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

RIDS = ("l", "m", "h")
SIDES = {"l": 100, "m": 500, "h": 2000}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started() -> AsyncIterator[tuple[EmbeddedEngine, list[MediaEvent]]]:
    events: list[MediaEvent] = []
    engine = await create_engine("127.0.0.1", 0, events.append)
    yield engine, events
    await engine.close()


@pytest_asyncio.fixture(loop_scope="module")
async def hall(started: tuple[EmbeddedEngine, list[MediaEvent]]) -> AsyncIterator[Hall]:
    made = Hall(*started)
    yield made
    await made.leave()


class Camera:
    """Sends frames of one packet on every layer; each says its layer and number. Keyframes when they are asked for."""

    def __init__(self, client: ScriptedClient, rids: tuple[str, ...] = RIDS) -> None:
        self.client, self.rids = client, rids
        self.number = 0
        self.pictures = dict(zip(RIDS, (5, 0x7FFE, 700), strict=True))
        self.keys: set[str] = set()
        client.on_keyframe_wanted = self._key

    def _key(self) -> None:
        asked = {packet.media_ssrc for packet in self.client.rtcp if isinstance(packet, RtcpPsfbPacket)}
        self.client.rtcp.clear()
        self.keys |= {rid for rid in RIDS if self.client.ssrcs[rid] in asked}

    def frame(self) -> None:
        """One frame of every layer."""
        for rid in self.rids:
            self.pictures[rid] = (self.pictures[rid] + 1) & 0x7FFF
            key = rid in self.keys
            self.keys.discard(rid)
            descriptor = struct.pack("!BBHB", 0x90, 0xC0, 0x8000 | self.pictures[rid], self.pictures[rid] & 0xFF)
            body = descriptor + (b"\0" if key else b"\1") + f"{rid}{self.number}".encode()
            self.client.send_layer(rid, body, self.number * 3000)
        self.number += 1

    async def run(self, frames: int = 12) -> None:
        for _ in range(frames):
            self.frame()
            await asyncio.sleep(0.03)

    async def until_seen(self, viewer: ScriptedClient, rid: str) -> None:
        """Send until the viewer gets this layer."""
        start = time.monotonic()
        while layers(viewer)[-1:] != [rid]:
            assert time.monotonic() - start < 15 * slack(), layers(viewer)
            await self.run(2)


def layers(client: ScriptedClient) -> list[str]:
    """Which layers came, one after the other."""
    found: list[str] = []
    for payload in got(client, "video"):
        if found[-1:] != [chr(payload[6])]:
            found.append(chr(payload[6]))
    return found


async def pair(hall: Hall) -> tuple[Camera, ScriptedClient]:
    await hall.together("a", "b")
    a = await hall.join("a", 1, rids=RIDS)
    b = await hall.join("b", 1)
    return Camera(a), b


async def show(hall: Hall, side: int, peer: str = "b") -> None:
    await hall.engine.prefer(hall.room, peer, {"a": side})


async def test_the_answer_takes_the_layers(hall: Hall) -> None:
    camera, _ = await pair(hall)
    own = camera.client.answer_text.split("\r\nm=")[2]
    assert [line for line in own.split("\r\n") if line.startswith(("a=rid", "a=simulcast"))] == [
        "a=rid:l recv",
        "a=rid:m recv",
        "a=rid:h recv",
        "a=simulcast:recv l;m;h",
    ]
    assert "sdes:rtp-stream-id" in own
    assert "sdes:repaired-rtp-stream-id" in own


async def test_four_layers_are_refused(hall: Hall) -> None:
    with pytest.raises(BadOffer, match="too_many_layers"):
        await hall.join("a", 0, rids=("a", "b", "c", "d"))


async def test_a_tile_gets_the_layer_of_its_size_without_a_gap(hall: Hall) -> None:
    camera, b = await pair(hall)
    for rid in ("h", "m", "l", "h"):
        await show(hall, SIDES[rid])
        await camera.until_seen(b, rid)
    await settle()
    assert layers(b)[-4:] == ["h", "m", "l", "h"]
    packets = [item.packet for item in b.received if item.kind == "video"]
    for one, next_one in pairwise(packets):
        assert next_one.sequence_number == one.sequence_number + 1 & 0xFFFF
        pictures = [struct.unpack_from("!HB", packet.payload, 2) for packet in (one, next_one)]
        assert pictures[1][0] & 0x7FFF == pictures[0][0] + 1 & 0x7FFF
        assert pictures[1][1] == pictures[0][1] + 1 & 0xFF
        assert 0 < (next_one.timestamp - one.timestamp & 0xFFFFFFFF) < 90_000
        if one.payload[6] != next_one.payload[6]:
            assert next_one.payload[5] == 0, "a switch begins with a keyframe"
    assert len({packet.ssrc for packet in packets}) == 1


async def test_layers_that_nobody_takes_cost_nothing(hall: Hall) -> None:
    camera, b = await pair(hall)
    await show(hall, SIDES["l"])
    await camera.until_seen(b, "l")
    await camera.run()
    b.received.clear()
    before = (await hall.engine.stats(hall.room))["b"].packets_out
    await camera.run()
    await settle()
    assert (await hall.engine.stats(hall.room))["b"].packets_out - before <= 13
    assert layers(b) == ["l"]
    await show(hall, 0)
    await settle()
    b.received.clear()
    await camera.run()
    await settle()
    assert b.received == []
    assert (await hall.engine.stats(hall.room))["b"].layers == {"a": "off"}


async def test_everybody_gets_their_own(hall: Hall) -> None:
    names = ("a", "b", "c", "d")
    await hall.together(*names)
    camera = Camera(await hall.join("a", 3, rids=RIDS))
    for rid, name in zip(RIDS, names[1:], strict=True):
        await hall.join(name, 3)
        await show(hall, SIDES[rid], name)
    for rid, name in zip(RIDS, names[1:], strict=True):
        await camera.until_seen(hall.people[name], rid)
    stats = await hall.engine.stats(hall.room)
    told = {name: stats[name].layers["a"] for name in names[1:]}
    assert told == {"b": "low", "c": "middle", "d": "high"}
    assert [layers(hall.people[name])[-1] for name in names[1:]] == list(RIDS)


async def test_only_the_layer_that_is_needed_is_asked_for_a_keyframe(hall: Hall) -> None:
    camera, b = await pair(hall)
    await show(hall, SIDES["l"])
    await camera.until_seen(b, "l")
    await camera.run()
    camera.client.on_keyframe_wanted = lambda: None
    camera.client.rtcp.clear()
    start = time.monotonic()
    await show(hall, SIDES["m"])
    for _ in range(20):
        camera.keys.clear()
        camera.frame()
        await asyncio.sleep(0.03)
    asked = [
        packet.media_ssrc for packet in camera.client.rtcp if isinstance(packet, RtcpPsfbPacket) and packet.fmt == 1
    ]
    assert set(asked) == {camera.client.ssrcs["m"]}
    assert 1 <= len(asked) <= 2 + (time.monotonic() - start) / 0.3, "at most every 0.3 s"


async def test_a_layer_that_does_not_come_is_replaced_by_one_that_does(hall: Hall) -> None:
    camera, b = await pair(hall)
    await camera.until_seen(b, "h")
    camera.rids = ("l",)
    await camera.until_seen(b, "l")
    camera.rids = RIDS
    await camera.until_seen(b, "h")


async def test_the_first_picture_comes_without_waiting_for_the_best(hall: Hall) -> None:
    camera, b = await pair(hall)
    camera.rids = ("l",)
    await camera.until_seen(b, "l")
    assert layers(b) == ["l"]


async def test_whoever_sends_is_told_what_is_wanted(hall: Hall) -> None:
    camera, b = await pair(hall)
    assert wanted(hall, "low", "middle", "high") in hall.events
    await show(hall, SIDES["l"])
    await camera.run(20)
    assert wanted(hall, "low") not in hall.events, "less only when it lasts"
    await until(lambda: wanted(hall, "low") in hall.events, within=10)
    await show(hall, SIDES["m"])
    await until(lambda: wanted(hall, "low", "middle") in hall.events, within=1.5)
    hall.events.clear()
    await camera.client.negotiate()
    assert wanted(hall, "low", "middle") in hall.events, "a page that missed it hears it with its next offer"
    assert not any(event for event in hall.events if isinstance(event, LayersWanted) and event.peer == b.name)


async def test_the_smallest_layer_rests_and_comes_back_for_whom_it_is_wanted(hall: Hall) -> None:
    camera, b = await pair(hall)
    await show(hall, SIDES["m"])
    await camera.until_seen(b, "m")
    await until_wanted(hall, camera, "middle")
    camera.rids = ("m",)
    await camera.run(40)  # until it is known that the others don't come
    await show(hall, SIDES["l"])
    await until_wanted(hall, camera, "low", "middle")
    assert layers(b)[-1] == "m", "a smaller tile goes on with what it has"
    camera.rids = ("l", "m")
    await camera.until_seen(b, "l")


def wanted(hall: Hall, *names: str) -> LayersWanted:
    return LayersWanted(hall.room, "a", names)


async def until_wanted(hall: Hall, camera: Camera, *names: str) -> None:
    """Send until the page is told of exactly these layers."""
    start = time.monotonic()
    while [event for event in hall.events if isinstance(event, LayersWanted)][-1] != wanted(hall, *names):
        assert time.monotonic() - start < 15, hall.events
        await camera.run(2)


async def test_retransmissions_of_a_layer_are_learned_by_its_repaired_id(hall: Hall) -> None:
    camera, b = await pair(hall)
    await camera.until_seen(b, "h")
    a = camera.client
    lost = a._sequence["h"] = a._sequence["h"] + 1 & 0xFFFF
    camera.frame()
    mid = rtp.element(4, b"1") + rtp.element(11, b"h")
    a.raw(
        "video",
        RTX_PT,
        4_000_000_007,
        9,
        77,
        struct.pack("!H", lost) + b"\x90\xc0\x82\xbc\x01\x01hlost",
        True,
        rtp.block(mid),
    )
    await until(lambda: any(payload.endswith(b"hlost") for payload in got(b, "video")))
    numbers = [item.packet.sequence_number for item in b.received if item.kind == "video"]
    assert numbers[-1] == numbers[-2] - 1 & 0xFFFF


async def test_a_nack_after_a_switch_brings_packets_of_this_layer_alone(hall: Hall) -> None:
    camera, b = await pair(hall)
    for rid in ("l", "h"):
        await show(hall, SIDES[rid])
        await camera.until_seen(b, rid)
    await camera.run()
    packets = [item.packet for item in b.received if item.kind == "video"]
    await asyncio.sleep(0.1)
    b.send_rtcp(rtcp.nack(1, packets[0].ssrc, [packet.sequence_number for packet in packets]))
    await until(lambda: any(item.repaired for item in b.received))
    await settle()
    again = [item.packet.payload for item in b.received if item.repaired]
    assert {chr(payload[8]) for payload in again} == {"h"}
    assert all(payload[2:] in [packet.payload for packet in packets] for payload in again)


async def test_reports_are_those_of_the_layer_that_goes_out(hall: Hall) -> None:
    camera, b = await pair(hall)
    await show(hall, SIDES["m"])
    await camera.until_seen(b, "m")
    for number, rid in enumerate(RIDS):
        camera.client.send_rtcp(rtcp.sender_report(camera.client.ssrcs[rid], number + 1 << 32, 0, 1, 1))
    await until(lambda: any(isinstance(packet, RtcpSrPacket) for packet in b.rtcp))
    await settle()
    reports = [packet.sender_info.ntp_timestamp >> 32 for packet in b.rtcp if isinstance(packet, RtcpSrPacket)]
    assert reports == [2]


async def test_a_cut_holds_for_every_layer(hall: Hall) -> None:
    camera, b = await pair(hall)
    await camera.run()
    assert b.received
    await hall.engine.listen(hall.room, {"a": ["b"]})
    b.received.clear()
    for rid in RIDS:
        await show(hall, SIDES[rid])
        await camera.run(4)
    await settle()
    assert b.received == []


async def test_sizes_of_strangers_change_nothing(hall: Hall) -> None:
    camera, b = await pair(hall)
    await hall.engine.prefer(hall.room, "b", {"nobody": 10, "": 5})
    await hall.engine.prefer(hall.room, "nobody", {"a": 10})
    await camera.until_seen(b, "h")
