"""H264 cameras: what travels in single units, aggregates and fragments lies in a Matroska file that decoders take."""

from __future__ import annotations

import io
from pathlib import Path
from random import Random

import av
import pytest
from aiortc.rtp import RtpPacket

from mediation.recordings.film import Contents
from signaling.media.engine import RecordingTarget
from signaling.media.recording.h264 import H264, picture_size
from tests.clips import LOOKS
from tests.media.scripted_media import record
from tests.recordings.h264 import payloads, record_h264
from tests.recordings.person import Frame, Person, person, pictures, sealed, target, webm

VGA = (640, 480)


def phone(where: RecordingTarget, sets_once: bool = False) -> Person:
    who = person(where)
    who.clip, who.codec = record_h264("mother", VGA, sets_once=sets_once), "h264"
    return who


def film(who: Person, where: RecordingTarget) -> tuple[bytes, Contents]:
    who.recorder.close(who.now, wait=True)
    return webm(sealed(where))


def coloured(frame: Frame, name: str = "mother") -> bool:
    return all(abs(one - other) < 60 for one, other in zip(frame.colour, LOOKS[name][0], strict=True))


def dark(frame: Frame) -> bool:
    return max(frame.colour) < 24


def test_everything_that_was_sent_is_there(tmp_path: Path) -> None:
    who = phone(where := target(tmp_path))
    kinds = {payload[0] & 0x1F for frame in who.clip.frames for payload in payloads(frame)}
    assert {24, 28} < kinds  # aggregates, fragments, and single units
    who.go_on(10)
    content, contents = film(who, where)
    seen = pictures(content)
    assert contents.whole
    assert contents.tracks.kind == "matroska"
    assert contents.tracks.size == VGA
    assert dark(seen[0])
    assert all(coloured(frame) and frame.size == VGA for frame in seen[1:])
    assert len(seen) > 10 * 15 * 0.95
    with av.open(io.BytesIO(content)) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["opus", "h264"]


def test_every_place_to_jump_to_decodes_by_itself_although_parameter_sets_came_once(tmp_path: Path) -> None:
    who = phone(where := target(tmp_path), sets_once=True)
    who.go_on(12)
    content, contents = film(who, where)
    assert len(contents.jumps) >= 3
    for moment, _ in contents.jumps[1:]:
        with av.open(io.BytesIO(content)) as container:
            container.seek(moment * 1000)
            frame = next(container.decode(video=0))
            assert abs(float(frame.time or 0) * 1000 - moment) < 1500
            middle = frame.to_ndarray(format="rgb24")[240, 20]
            assert all(abs(int(one) - other) < 60 for one, other in zip(middle, LOOKS["mother"][0], strict=True))


def test_loss_the_camera_off_and_another_size_in_one_file(tmp_path: Path) -> None:
    who = phone(where := target(tmp_path))
    who.lose = {65_000 + number for number in (50, 51, 90)}
    who.go_on(4)
    who.camera = False
    who.go_on(6)
    who.camera, who.ssrc, who.clip = True, 8, record_h264("father", (320, 180))
    who.go_on(4)
    seen = pictures(film(who, where)[0])
    assert all(coloured(frame) for frame in seen if 0.2 < frame.at < 5.5)
    assert all(dark(frame) for frame in seen if 6.1 < frame.at < 9.9)
    late = [frame for frame in seen if frame.at > 10.3]
    assert len(late) > 40
    assert all(coloured(frame, "father") and frame.size == (320, 180) for frame in late)


def test_the_first_codec_stays_the_files_own(tmp_path: Path) -> None:
    """The voice goes on, black stands for the rest, and nobody is asked for keyframes of no use."""
    who = phone(where := target(tmp_path))
    who.go_on(3)
    who.codec, who.ssrc, who.clip = "vp8", 8, record("father", (160, 120), 15)
    who.go_on(6)
    assert not who.recorder.wants_keyframe("video", who.now)
    content, contents = film(who, where)
    seen = pictures(content)
    assert contents.tracks.codec == "h264"
    assert not any(coloured(frame, "father") for frame in seen)
    assert dark(seen[-1])
    assert [on for _, what, on in contents.events if what == "voice"] == [False, True]


@pytest.mark.parametrize("size", [(160, 120), (322, 182), (360, 640)])
def test_the_size_is_read_from_the_parameter_set(size: tuple[int, int]) -> None:
    first = record_h264("mother", size, 1).frames[0]
    units = [unit for payload in payloads(first) for unit in H264().unpack(payload).split(b"\0\0\0\1")]
    assert picture_size(next(unit for unit in units if unit and unit[0] & 0x1F == 7)) == size


def test_whatever_comes_instead_of_h264_ends_nothing(tmp_path: Path) -> None:
    who = phone(where := target(tmp_path))
    who.go_on(2)
    draw = Random(6184)
    for number in range(5_000):
        kind = draw.choice((1, 5, 7, 8, 24, 28, 29, 0))
        payload = bytes((kind,)) + draw.randbytes(draw.randrange(40))
        packet = RtpPacket(
            sequence_number=number & 0xFFFF, timestamp=number * 3000 & 0xFFFFFFFF, ssrc=9, payload=payload
        )
        who.recorder.take("video", "h264", packet, who.now + number / 1000)
    who.now += 20
    who.ssrc, who.clip = 10, record_h264("father", VGA)
    who.go_on(3)
    content, _ = film(who, where)
    with av.open(io.BytesIO(content)) as container:
        last = [packet for packet in container.demux(video=0) if packet.size][-1]
        assert float(last.pts * last.time_base) > 20
