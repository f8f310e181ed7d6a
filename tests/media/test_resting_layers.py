"""Which layer a receiver is given while some of them rest because nobody took them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from signaling.media.sfu.codecs import VP8, Codec, Format
from signaling.media.sfu.layer import UNWANTED_FOR, WAKES_WITHIN
from signaling.media.sfu.track import Track

NOW = 100.0
FORM = Format(VP8, 96, 97, Codec(96, VP8, 90000))


def camera(coming: Sequence[str], resting: Sequence[str]) -> Track:
    """In three sizes, of which some come and some rest; the others simply don't come."""
    track = Track("video", "1", FORM, 0, lambda data: None, ("l", "m", "h"))
    for layer in track.layers:
        layer.is_wanted(True, NOW - UNWANTED_FOR - 1)
        layer.is_wanted(layer.rid not in resting, NOW)
        if layer.rid in coming:
            layer.last_packet = NOW
    return track


@pytest.mark.parametrize(
    ("coming", "resting", "rank", "given"),
    [
        ("lmh", "", 2, "h"),
        ("lmh", "", 0, "l"),
        ("m", "lh", 2, "m"),  # goes on with what comes until the better one does
        ("m", "lh", 0, "l"),  # waits: its network can't carry the larger one
        ("h", "lm", 1, "m"),
        ("h", "lm", 0, "l"),
        ("mh", "", 0, "m"),  # nobody will send the small one: better the least that comes than nothing
        ("", "", 1, "m"),
    ],
)
def test_the_layer_for_a_receiver(coming: str, resting: str, rank: int, given: str) -> None:
    assert camera(coming, resting).best(rank, NOW).rid == given


def test_a_layer_that_does_not_wake_is_given_up() -> None:
    track = camera("m", "lh")
    least = track.layers[0]
    assert least.is_wanted(True, NOW)
    track.layers[1].last_packet = NOW + WAKES_WITHIN
    assert track.best(0, NOW + WAKES_WITHIN) is least
    track.layers[1].last_packet = NOW + WAKES_WITHIN + 0.1
    assert track.best(0, NOW + WAKES_WITHIN + 0.1) is track.layers[1]


def test_less_is_told_when_it_lasts_and_more_at_once() -> None:
    track = camera("lmh", "")
    for layer in track.layers:
        layer.is_wanted(True, NOW)
    assert not track.wants_others(NOW + UNWANTED_FOR)
    assert track.wants_others(NOW + UNWANTED_FOR + 0.1)
    assert track.told == ("low",), "whoever comes sees something at once"
    assert not track.wants_others(NOW + UNWANTED_FOR + 0.2)
