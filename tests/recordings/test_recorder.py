"""Packets in, films out: every picture decodes, the voice has no holes, times fit, over loss, restarts and dark cameras."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mediation.errors import Unavailable
from mediation.recordings.film import look_through
from signaling.media.recording.voice import SILENCE
from tests.clips import LOOKS
from tests.media.scripted_media import record
from tests.recordings.person import Frame, person, pictures, sealed, sound, target, webm


def coloured(frame: Frame, name: str = "mother") -> bool:
    return all(abs(one - other) < 60 for one, other in zip(frame.colour, LOOKS[name][0], strict=True))


def dark(frame: Frame) -> bool:
    return max(frame.colour) < 24


def loud(heard: np.ndarray, since: float, until: float) -> bool:
    return bool(np.abs(heard[round(since * 48000) : round(until * 48000)]).max(initial=0) > 0.05)


def test_everything_that_was_sent_is_there_at_its_time(tmp_path: Path) -> None:
    who = person(where := target(tmp_path))
    who.go_on(10)
    who.recorder.close(who.now, wait=True)
    content, contents = webm(sealed(where))
    seen, heard = pictures(content), sound(content)
    assert contents.whole
    assert abs(contents.duration - 10_000) < 50
    assert dark(seen[0])
    assert all(coloured(frame) for frame in seen[1:])
    assert len(seen) > 10 * 15 * 0.95
    assert abs(len(heard) / 48000 - 10) < 0.1
    assert contents.events[-2:] == ((20, "voice", True), (contents.events[-1][0], "camera", True))
    assert len(contents.jumps) >= 2
    assert [at for at, _ in contents.jumps] == sorted(at for at, _ in contents.jumps)


def test_gaps_by_loss_are_bridged_from_keyframe_to_keyframe(tmp_path: Path) -> None:
    who = person(where := target(tmp_path))
    who.lose = {65_000 + number for number in range(40, 400, 37)}
    who.go_on(12)
    who.recorder.close(who.now, wait=True)
    content, _ = webm(sealed(where))
    seen = pictures(content)
    assert all(coloured(frame) for frame in seen[1:])
    assert 40 < len(seen) < 12 * 15


def test_the_camera_off_is_black_and_on_again_in_another_size(tmp_path: Path) -> None:
    who = person(where := target(tmp_path))
    who.go_on(3)
    who.camera = False
    who.go_on(7)
    who.camera, who.ssrc, who.clip = True, 8, record("father", (240, 180), 15)
    who.go_on(4)
    who.recorder.close(who.now, wait=True)
    content, contents = webm(sealed(where))
    camera = [(round(at / 1000), on) for at, what, on in contents.events if what == "camera"]
    assert camera == [(0, False), (0, True), (5, False), (10, True)]
    seen = pictures(content)
    assert all(coloured(frame, "mother") for frame in seen if 0.1 < frame.at < 4.9)
    assert all(dark(frame) for frame in seen if 5.1 < frame.at < 9.9)
    assert all(coloured(frame, "father") and frame.size == (240, 180) for frame in seen if frame.at > 10.2)
    assert len([frame for frame in seen if frame.at > 10.2]) > 40
    assert contents.tracks.size == (240, 180)


def test_silence_stands_where_no_voice_came(tmp_path: Path) -> None:
    who = person(where := target(tmp_path))
    who.microphone = False
    who.go_on(4)
    who.microphone = True
    who.go_on(3)
    who.microphone = False
    who.go_on(4)
    who.recorder.close(who.now, wait=True)
    content, contents = webm(sealed(where))
    heard = sound(content)
    assert abs(len(heard) / 48000 - 11) < 0.1
    assert [loud(heard, since, since + 1) for since in (0.5, 2.5, 4.5, 5.5, 7.7, 9.5)] == [
        *(False, False),
        *(True, True),
        *(False, False),
    ]
    assert [on for _, what, on in contents.events if what == "voice"] == [False, True, False]


@pytest.mark.parametrize("delay", [0.0, 0.35])
def test_lips_fit_the_voice_although_pictures_come_late(tmp_path: Path, delay: float) -> None:
    """The picture turns green at the moment at which the voice begins."""
    who = person(where := target(tmp_path))
    who.picture_delay = delay
    who.change_clip(replace(who.clip, voice=[SILENCE]))
    who.go_on(5)
    who.change_clip(record("father", (160, 120), 15))
    who.go_on(5)
    who.recorder.close(who.now, wait=True)
    content, _ = webm(sealed(where))
    green = next(frame.at for frame in pictures(content) if coloured(frame, "father"))
    voice = float(np.argmax(np.abs(sound(content)) > 0.05)) / 48000
    assert abs(voice - 5) < 0.3
    assert abs(green - voice) < 0.15


def test_a_file_that_was_cut_off_plays_up_to_there_and_says_so(tmp_path: Path) -> None:
    who = person(where := target(tmp_path))
    who.go_on(14)
    file = sealed(where)
    who.recorder.close(who.now, wait=True)
    whole = where.path.read_bytes()
    last = list(file.places())[-1]
    for cut in (last.offset - 5, last.offset, last.offset + last.length - 1):
        where.path.write_bytes(whole[:cut])
        content, contents = webm(file)
        assert not contents.whole
        assert contents.duration >= 14_000 - 5_000 - 50
        assert coloured(pictures(content)[-1])
    where.path.write_bytes(b"")
    assert look_through(file).duration == 0


@pytest.mark.parametrize("harm", ["changed", "swapped", "dropped", "marked", "renamed", "other key"])
def test_a_file_that_was_tampered_with_is_never_played(tmp_path: Path, harm: str) -> None:
    who = person(where := target(tmp_path))
    who.go_on(14)
    who.recorder.close(who.now, wait=True)
    file = sealed(where)
    whole, places = bytearray(where.path.read_bytes()), list(file.places())
    chunks = [bytes(whole[place.offset - 5 : place.offset + place.length]) for place in places]
    if harm == "changed":
        whole[places[1].offset + 1000] ^= 1
    elif harm == "swapped":
        whole = whole[:8] + b"".join([chunks[1], chunks[0], *chunks[2:]])
    elif harm == "dropped":
        whole = whole[:8] + b"".join([chunks[0], *chunks[2:]])
    elif harm == "marked":  # an earlier chunk made the last, so that the rest seems never to have been
        whole = whole[: places[1].offset + places[1].length]
        whole[places[1].offset - 1] = 1
    where.path.write_bytes(whole)
    if harm == "renamed":
        file = type(file)(where.path, "another file", where.key)
    elif harm == "other key":
        file = type(file)(where.path, where.ident, bytes(32))
    with pytest.raises(Unavailable, match="recording_altered"):
        look_through(file)


def test_a_key_is_never_used_for_a_second_file(tmp_path: Path) -> None:
    where = target(tmp_path)
    person(where).recorder.close(100.0, wait=True)
    with pytest.raises(FileExistsError):
        person(where)


def test_nothing_of_picture_or_voice_is_readable_on_the_disk(tmp_path: Path) -> None:
    who = person(where := target(tmp_path))
    who.go_on(5)
    who.recorder.close(who.now, wait=True)
    lying = where.path.read_bytes()
    assert all(frame[-20:] not in lying for frame in [*who.clip.frames, *who.clip.voice])
    assert where.path.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_noticed(tmp_path: Path) -> None:
    who = person(target(tmp_path))
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, who.recorder._reels["video"]._file._descriptor)
    who.go_on(5)
    who.recorder.close(who.now, wait=True)
    os.close(full)
    assert who.recorder.failed
