"""A room inside this process, without a worker: time, codecs and default deny at the level of objects."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from aiortc.rtcdtlstransport import RTCCertificate
from aiortc.rtp import RtpPacket

from signaling.media.engine import PeerGone, PeerSilent
from signaling.media.recording.recorder import Recorder
from signaling.media.sfu import presence
from signaling.media.sfu.address import announced
from signaling.media.sfu.clock import Clock
from signaling.media.sfu.forwarder import Forwarder
from signaling.media.sfu.hooks import HookMissing, check_hooks
from signaling.media.sfu.peer import Place
from signaling.media.sfu.port import Port
from signaling.media.sfu.room import Room
from tests.media.scripted_client import ScriptedClient
from tests.media.waiting import until

CHROMIUM = (Path(__file__).with_name("offers") / "chromium.sdp").read_text()


def only_h264(offer: str) -> str:
    return offer.replace(" VP8/", " XX8/")


def without_h264(offer: str) -> str:
    return offer.replace(" H264/", " XX4/")


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    port = Port("127.0.0.1", 0, Clock(lambda event: None))
    port.open()
    made = Room("room", Place(port, "127.0.0.1", RTCCertificate.generateCertificate(), lambda event: None))
    yield made
    made.close()
    port.close()


async def test_consent_expires_after_thirty_seconds(room: Room) -> None:
    room.answer("a", CHROMIUM)
    now = time.monotonic()
    assert list(presence.silence(room, now + 29)) == [PeerSilent("room", "a", 29.0)]
    assert list(presence.silence(room, now + 31)) == [PeerGone("room", "a")]
    assert room.peers == {}


class Ticked(Recorder):
    """Counts how often its room had its time."""

    def __init__(self) -> None:
        self.ticks = 0

    @property
    def failed(self) -> bool:
        return False

    def tick(self, now: float) -> None:
        self.ticks += 1

    def close(self, now: float, wait: bool = False) -> None:
        pass


class Broken(Ticked):
    """Whatever may go wrong in a room."""

    def tick(self, now: float) -> None:
        raise ZeroDivisionError


async def test_a_fault_in_one_room_leaves_the_others_their_time(caplog: pytest.LogCaptureFixture) -> None:
    forwarder = Forwarder("127.0.0.1", 0, lambda event: None)
    sound = Ticked()
    for name, recorder in (("broken", Broken()), ("sound", sound)):
        forwarder.listen(name, {})
        forwarder._rooms[name]._recorders["a"] = recorder
    forwarder.start()
    await until(lambda: sound.ticks > 2)
    forwarder.close()
    assert "ZeroDivisionError" in caplog.text


class Refusing(Ticked):
    """Whatever may go wrong with a packet."""

    def take(self, kind: str, codec: str, packet: RtpPacket, now: float, turn: int | None = None) -> None:
        raise ZeroDivisionError


async def test_a_fault_with_one_packet_costs_none_that_was_read_with_it(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    async def answered(name: str, offer: str) -> str:
        return room.answer(name, offer)

    names = ("mother", "father", "mediator")
    room.listen({name: [other for other in names if other != name] for name in names})
    people = {name: ScriptedClient(name, partial(answered, name)) for name in names}
    for person in people.values():
        await person.join(2)
    for person in people.values():
        await person.negotiate()
    room._recorders["mother"] = Refusing()
    room.route()
    for number in range(5):
        people["mother"].send("audio", bytes([number]))
        people["father"].send("audio", bytes([number]))
    heard = people["mediator"].received
    await until(lambda: sum(item.source == "father" for item in heard) == 5)
    assert "ZeroDivisionError" in caplog.text
    for person in people.values():
        await person.close()


async def test_a_publisher_is_answered_with_one_codec(room: Room) -> None:
    answer = room.answer("a", CHROMIUM)
    published = answer.split("\r\nm=")[2]
    assert "VP8/90000" in published
    assert "H264" not in published
    published = room.answer("b", only_h264(CHROMIUM)).split("\r\nm=")[2]
    assert "a=rtpmap:108 H264/90000" in published
    assert "profile-level-id=42e01f" in published


async def test_a_codec_that_the_receiver_lacks_is_not_forwarded(room: Room) -> None:
    room.listen({"old": ["iphone"], "new": ["iphone"]})
    room.answer("iphone", only_h264(CHROMIUM))
    for name, offer in (("old", without_h264(CHROMIUM)), ("new", CHROMIUM)):
        room.answer(name, offer)
        room.peers[name].connection.connected = True
    room.peers["iphone"].connection.connected = True
    room.route()
    tracks = room.peers["iphone"].connection.tracks
    receivers = {kind: len(track.outs) for kind, track in tracks.items()}
    assert receivers == {"audio": 2, "video": 1}


async def test_nobody_hears_themselves_even_if_listed(room: Room) -> None:
    room.listen({"a": ["a"]})
    assert "a=msid:" not in room.answer("a", CHROMIUM)


async def test_lines_need_a_list_and_lists_need_a_line(room: Room) -> None:
    assert "a=msid:" not in room.answer("a", CHROMIUM)
    room.listen({"a": ["b"]})
    answer = room.answer("a", CHROMIUM)
    assert "a=msid:b audio" in answer
    assert "a=msid:b video" in answer
    room.listen({})
    assert "a=msid:" not in room.answer("a", CHROMIUM)


def test_hooks_are_those_of_the_pinned_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    check_hooks()
    monkeypatch.setattr("signaling.media.sfu.hooks.version", lambda package: "9.9")
    with pytest.raises(HookMissing, match=r"aiortc 9\.9 installed, 1\.16\.0 needed"):
        check_hooks()


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("192.0.2.9", "192.0.2.9"),
        ("2001:db8::9", "2001:db8::9"),
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
    ],
)
def test_addresses_are_told_as_numbers(address: str, told: str) -> None:
    assert announced(address) == told


def test_an_unspecified_address_becomes_one_of_this_machine() -> None:
    assert announced("0.0.0.0") != "0.0.0.0"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        announced("no such host")


async def test_other_addresses_open_every_interface() -> None:
    port = Port("192.0.2.1", 0, Clock(lambda event: None))
    names = [sock.getsockname()[0] for sock in port.sockets]
    port.open()
    port.close()
    assert names[0] == "0.0.0.0"
    assert names[1:] in ([], ["::"])
