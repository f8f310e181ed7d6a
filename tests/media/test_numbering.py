"""Cuts and switches of layers leave no gap in the numbers that a receiver sees."""

from __future__ import annotations

import pytest

from signaling.media.sfu import vp8
from signaling.media.sfu.codecs import VP8, Codec, Format
from signaling.media.sfu.layer import Layer
from signaling.media.sfu.numbering import Numbering
from signaling.media.sfu.rtp import Packet
from signaling.media.sfu.track import Track

FORM = Format(VP8, 96, 97, Codec(96, VP8, 90000))
NTP_SECOND = 1 << 32


def camera() -> Track:
    return Track("video", "1", FORM, 0, lambda data: None, ("l", "m", "h"))


def packet(position: int, timestamp: int = 0, arrived: float = 0.0, picture: int = -1, tl0: int = -1) -> Packet:
    made = Packet(0, 96, position & 0xFFFF, timestamp & 0xFFFFFFFF, 1)
    made.position, made.arrived, made.picture, made.tl0 = position, arrived, picture, tl0
    return made


def sent(numbering: Numbering, layer: Layer, one: Packet, begins: bool = False) -> tuple[int, int, int, int]:
    """Sequence number, timestamp, picture id, TL0PICIDX that go out, as a downlink does it."""
    if begins:
        numbering.go_on(one, layer)
    position = one.position + numbering.shift
    if position >= numbering.highest:
        numbering.highest, numbering.newest = position, one
    return (
        position & 0xFFFF,
        one.timestamp + numbering.time_shift & 0xFFFFFFFF,
        one.picture + numbering.picture_shift & 0x7FFF,
        one.tl0 + numbering.tl0_shift & 0xFF,
    )


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ((100, 5_000, 7, 9), (40_000, 900_000, 300, 200)),
        ((0x1FFFF, 0xFFFFFFFF, 0x7FFF, 0xFF), (0x10000, 3, 0, 0)),
        ((0x10000, 0, 0, 0), (0x1FFFF, 0xFFFFFF00, 0x7FFF, 0xFF)),
    ],
    ids=["ordinary", "wraps before", "wraps after"],
)
def test_up_and_down_again_without_a_gap(low: tuple[int, int, int, int], high: tuple[int, int, int, int]) -> None:
    track, numbering = camera(), Numbering()
    before: tuple[int, int, int, int] | None = None
    frame = 0
    for layer, (position, stamp, picture, tl0) in (
        (track.layers[0], low),
        (track.layers[2], high),
        (track.layers[0], (low[0] + 7, low[1] + 7 * 3000, low[2] + 7, low[3] + 7)),
    ):
        for number in range(3):
            one = packet(
                position + number,
                stamp + number * 3000,
                frame / 30,
                picture + number & 0x7FFF,
                tl0 + number & 0xFF,
            )
            now = sent(numbering, layer, one, number == 0)
            frame += 1
            if before:
                assert now[0] == before[0] + 1 & 0xFFFF
                assert 0 < (now[1] - before[1] & 0xFFFFFFFF) <= 3003
                assert now[2] == before[2] + 1 & 0x7FFF
                assert now[3] == before[3] + 1 & 0xFF
            before = now


def test_the_clocks_of_the_layers_keep_voice_and_picture_in_step() -> None:
    track, numbering = camera(), Numbering()
    low, high = track.layers[0], track.layers[2]
    low.clock, high.clock = (10 * NTP_SECOND, 50_000), (11 * NTP_SECOND, 4_000_000)
    before = sent(numbering, low, packet(5, 50_000, 100.0), begins=True)[1]
    # captured 1.5 s after it, but arriving late: the clock counts, not the arrival
    now = sent(numbering, high, packet(900, 4_000_000 + 45_000, 101.9), begins=True)[1]
    assert now - before & 0xFFFFFFFF == 135_000


def test_the_same_moment_in_another_layer_is_a_frame_of_its_own() -> None:
    track, numbering = camera(), Numbering()
    low, high = track.layers[0], track.layers[2]
    low.clock = high.clock = (10 * NTP_SECOND, 50_000)
    before = sent(numbering, low, packet(5, 50_000, 100.0), begins=True)[1]
    now = sent(numbering, high, packet(9, 50_000, 100.0), begins=True)[1]
    assert 0 < (now - before & 0xFFFFFFFF) < 900


def test_clocks_that_contradict_are_not_believed() -> None:
    track, numbering = camera(), Numbering()
    low, high = track.layers[0], track.layers[2]
    low.clock, high.clock = (10 * NTP_SECOND, 50_000), (500 * NTP_SECOND, 7)
    before = sent(numbering, low, packet(5, 50_000, 100.0), begins=True)[1]
    now = sent(numbering, high, packet(9, 4_000, 100.5), begins=True)[1]
    assert now - before & 0xFFFFFFFF == 45_000


@pytest.mark.parametrize(
    ("payload", "picture", "tl0", "changed"),
    [
        ("90e0 ffff ff 00 01", 1, 1, "90e0 8000 00 00 01"),
        ("90e0 8001 05 00 01", -2, 3, "90e0 ffff 08 00 01"),
        ("90c0 7f ff 01", 1, 1, "90c0 00 00 01"),
        ("9080 05 01", 70_000, 9, "9080 75 01"),
        ("9080 8005 01", 70_000, 9, "9080 9175 01"),
    ],
)
def test_numbers_are_changed_in_place(payload: str, picture: int, tl0: int, changed: str) -> None:
    buffer = bytearray(b"head" + bytes.fromhex(payload.replace(" ", "")))
    vp8.renumber(buffer, 4, picture, tl0)
    assert buffer.hex() == b"head".hex() + changed.replace(" ", "")


@pytest.mark.parametrize(
    ("payload", "picture", "tl0"),
    [
        ("90e0 8123 45 20 00", 0x123, 0x45),
        ("90c0 23 45 00", 0x23, 0x45),
        ("9080 23 00", 0x23, -1),
        ("9040 45 00", -1, 0x45),
        ("10 00", -1, -1),
        ("90e0 81", -1, -1),
        ("90e0 8123", 0x123, -1),
        ("", -1, -1),
    ],
)
def test_numbers_are_read(payload: str, picture: int, tl0: int) -> None:
    one = Packet(0, 96, 1, 1, 1)
    one.payload = bytes.fromhex(payload.replace(" ", ""))
    vp8.describe(one)
    assert (one.picture, one.tl0) == (picture, tl0)


@pytest.mark.parametrize(
    ("payload", "side"),
    [
        ("10 500201 9d012a 8002 e001", 640),
        ("90e0 8123 45 20 500201 9d012a 6801 8002", 640),
        ("10 500201 9d012a 8042 e0c1", 640),
        ("10 500201 9d012a 8002 e0", None),
        ("10 510201", None),
    ],
)
def test_a_keyframe_tells_its_size(payload: str, side: int | None) -> None:
    assert vp8.longer_side(bytes.fromhex(payload.replace(" ", ""))) == side


def test_the_least_layer_that_is_enough_for_a_tile_is_chosen() -> None:
    track = camera()
    assert [track.rank_for(side) for side in (0, 100, 426, 427, 853, 854, 5000)] == [-1, 0, 0, 1, 1, 2, 2]
    track.layers[1].longer_side = 480
    assert [track.rank_for(side) for side in (320, 321, 640, 641)] == [0, 1, 1, 2]


def test_a_camera_in_two_sizes_has_no_low_one() -> None:
    track = Track("video", "1", FORM, 0, lambda data: None, ("a", "b"))
    assert [layer.rank for layer in track.layers] == [1, 2]
    assert track.rank_for(10) == 1


def test_layers_that_do_not_come_are_not_chosen() -> None:
    track = camera()
    low, middle, high = track.layers
    assert track.best(2, 100.0) is high
    low.last_packet = 100.0
    assert track.best(2, 100.0) is low
    middle.last_packet = 100.0
    assert (track.best(2, 100.5), track.best(0, 100.5)) == (middle, low)
    low.last_packet = 90.0
    assert track.best(0, 100.5) is middle
