"""What one receiver gets on Janus by the losses that their browser reports, and what the pages needn't send."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby

import pytest

from signaling.media.janus.figures import Losses
from signaling.media.janus.layers import LayersTaken
from signaling.media.janus.network import LAYER_COSTS, ON_TRIAL, Network, Picture
from signaling.media.janus.reading import LineFigures, read_lines

VOICE, HIGH = 50_000, 2
NOTHING = LineFigures(0, 0, 0, 0, 0, 0, None)
CAMERA = replace(NOTHING, layer=HIGH)


@dataclass
class Receiver:
    """A browser behind a network that lets `carries` bit/s through, with one voice and one camera, second by second."""

    carries: float = 1e9
    most: int = HIGH
    network: Network = field(default_factory=Network)
    now: float = 100.0
    voice: LineFigures = NOTHING
    camera: LineFigures = CAMERA

    def pass_seconds(self, seconds: int) -> list[int]:
        """The layer that is sent after each second, -1 for none."""
        return [self._second() for _ in range(seconds)]

    def _second(self) -> int:
        self.now += 1
        place = min(self.network.rank("1"), self.most)
        rate = LAYER_COSTS[place] if place >= 0 else 0.0
        share = max(0.0, 1 - self.carries / (rate + VOICE))
        self.voice = more(self.voice, VOICE, share)
        self.camera = replace(more(self.camera, rate, share), layer=max(place, 0))
        lines = {"0": self.voice, "1": self.camera}
        self.network.look(self.now, lines, {"1": Picture(True, self.most, self.camera)})
        return place


def more(line: LineFigures, rate: float, share: float) -> LineFigures:
    """A second later, of whose packets this share was lost."""
    packets = int(rate / 8 / 500)
    octets = line.bytes_out + int(rate / 8)
    return replace(
        line, packets_out=line.packets_out + packets, bytes_out=octets, lost=line.lost + int(packets * share)
    )


def test_a_good_network_gets_what_the_tile_shows() -> None:
    receiver = Receiver()
    assert set(receiver.pass_seconds(10)) == {HIGH}
    assert receiver.network.rate is None
    receiver.most = 0
    assert set(receiver.pass_seconds(10)) == {0}


def test_a_weaker_network_gets_a_smaller_picture_and_keeps_it() -> None:
    receiver = Receiver(carries=700_000)
    places = receiver.pass_seconds(6)
    assert 300_000 < (receiver.network.rate or 0) < 1_200_000
    places += receiver.pass_seconds(120)
    assert places[5:10] == [1] * 5
    assert places.count(1) > 80, "attempts are rare and short"
    assert -1 not in places


def test_a_very_weak_network_keeps_the_voice_and_pictures_come_back() -> None:
    receiver = Receiver()
    receiver.pass_seconds(5)
    receiver.carries = 90_000
    assert receiver.pass_seconds(10)[-1] == -1
    assert receiver.network.paused
    receiver.carries = 1e9
    places = receiver.pass_seconds(60)
    assert not receiver.network.paused
    assert places[-1] == HIGH


def test_attempts_become_rarer_while_the_network_stays_weak() -> None:
    receiver = Receiver(carries=90_000)
    places = receiver.pass_seconds(300)
    attempts = [at for at in range(1, 300) if places[at] >= 0 > places[at - 1]]
    assert len(attempts) < 12
    assert places.count(-1) > 230


@pytest.mark.parametrize(("carries", "kept"), [(90_000, -1), (300_000, 0), (700_000, 1)])
def test_an_attempt_goes_one_step_and_ends_at_the_first_sign_that_it_is_too_much(carries: int, kept: int) -> None:
    """While it lasts the voice is lost too."""
    receiver = Receiver(carries=carries)
    assert receiver.pass_seconds(10)[-1] == kept
    attempts = [(place, len([*run])) for place, run in groupby(receiver.pass_seconds(290)) if place > kept]
    assert len(attempts) > 3
    assert max(place for place, _ in attempts) == kept + 1
    assert max(seconds for _, seconds in attempts) <= 2


def test_what_was_tried_well_is_followed_by_the_next_step() -> None:
    receiver = Receiver(carries=90_000)
    receiver.pass_seconds(10)
    receiver.carries = 1e9
    steps = [(place, len([*run])) for place, run in groupby(receiver.pass_seconds(90))]
    assert [place for place, _ in steps] == [-1, 0, 1, HIGH]
    assert all(seconds >= ON_TRIAL for _, seconds in steps)


def test_loss_is_that_of_late() -> None:
    losses = Losses()
    assert losses.since("x", 0, 0) is None
    assert losses.since("x", 100, 50) == 0.5
    assert losses.since("x", 300, 50) == 0
    assert losses.since("another connection", 10, 1) == 0.1


def test_a_page_is_told_of_more_at_once_and_of_less_after_a_while() -> None:
    layers = LayersTaken()
    assert list(layers.look(0.0, {"a": HIGH})) == []
    assert list(layers.look(0.2, {"a": 0})) == []
    assert list(layers.look(4.9, {"a": 0})) == []
    assert list(layers.look(5.1, {"a": 0})) == [("a", ("low",))]
    assert layers.told("a") == ("low",)
    assert list(layers.look(6.3, {"a": 1})) == [("a", ("low", "middle"))]
    assert list(layers.look(6.5, {"a": 0})) == []
    assert list(layers.look(7.0, {})) == []
    assert layers.told("a") == ("low", "middle", "high")


def test_all_layers_of_a_camera_are_counted() -> None:
    coming = {"packets": 1, "bytes": 10, "video-simulcast-1": {"packets": 2, "bytes": 20}}
    coming["video-simulcast-2"] = {"packets": 4, "bytes": 40}
    told = {"webrtc": {"media": {"1": {"stats": {"in": coming, "out": {"packets": 0, "bytes": 0}}}}}}
    assert read_lines(told)["1"] == replace(NOTHING, packets_in=7, bytes_in=70)
