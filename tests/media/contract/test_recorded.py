"""What every engine records: whom it is told to, what isn't muted of them, and nothing after it was told to stop."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from mediation.recordings.film import Contents
from signaling.media.engine import MediaEngine, RecordingFailed, RecordingTarget
from tests.clips import LOOKS
from tests.media.hall import Hall
from tests.media.scripted_media import Player, SharedScreen, record
from tests.media.waiting import until
from tests.recordings.person import Frame, pictures, sealed, sound, target, webm

SIZE = (160, 120)
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def arrive(hall: Hall[MediaEngine], name: str) -> Player:
    client = (await hall.enter(name, receive=0))[0]
    return Player(client, record(name, SIZE))


async def finished(where: RecordingTarget) -> None:
    """The last chunk is on the disk."""
    await until(lambda: any(place.last for place in sealed(where).places()), 10)


def film(where: RecordingTarget) -> tuple[list[Frame], float, Contents]:
    content, contents = webm(sealed(where))
    return pictures(content), len(sound(content)) / 48000, contents


def of(name: str, frame: Frame) -> bool:
    return all(abs(one - other) < 60 for one, other in zip(frame.colour, LOOKS[name][0], strict=True))


async def test_begin_mute_reconnect_end(hall: Hall[MediaEngine], tmp_path: Path) -> None:
    where = target(tmp_path)
    await hall.engine.record(hall.room, "mother", where)
    player = await arrive(hall, "mother")
    await asyncio.sleep(1.2)
    await hall.engine.mute(hall.room, "mother", ["audio"])
    await asyncio.sleep(2.3)
    player.stop()
    await hall.people["mother"].close()
    again = await arrive(hall, "mother")
    await asyncio.sleep(1)
    await hall.engine.record(hall.room, "mother", None)
    changed = record("father", SIZE)
    again._recording = changed  # whoever looks into the file must not see this
    await asyncio.sleep(1)
    await finished(where)
    again.stop()
    frames, seconds, contents = film(where)
    assert contents.whole
    assert len([frame for frame in frames if of("mother", frame)]) > 30
    assert not any(of("father", frame) for frame in frames)
    assert 4 < seconds < contents.duration / 1000 + 0.2
    assert [on for _, what, on in contents.events if what == "voice"] == [False, True, False]


async def test_a_screen_has_a_file_of_its_own(hall: Hall[MediaEngine], tmp_path: Path) -> None:
    screen = target(tmp_path)
    where = replace(target(tmp_path), screen=screen)
    client = await hall.join("mother", 0, ("audio", "video", "screen"))
    await hall.engine.record(hall.room, "mother", where)
    player, shared = Player(client, record("mother", SIZE)), SharedScreen(client, record("judge", SIZE))
    await asyncio.sleep(3)
    await hall.engine.mute(hall.room, "mother", ["screen"])
    shared._recording = record("father", SIZE)  # who may no longer share is no longer recorded with it
    await asyncio.sleep(1)
    await hall.engine.record(hall.room, "mother", None)
    await finished(where)
    await finished(screen)
    shared.stop()
    player.stop()
    frames, _, _ = film(where)
    assert len([frame for frame in frames if of("mother", frame)]) > 30
    assert not any(of("judge", frame) or of("father", frame) for frame in frames)
    content, contents = webm(sealed(screen))
    begun = next(at for at, what, on in contents.events if what == "camera" and on)
    seen = [frame for frame in pictures(content) if frame.at * 1000 >= begun]
    assert len(seen) > 10
    assert all(of("judge", frame) for frame in seen)
    assert contents.whole


async def test_a_file_that_cannot_be_written_is_told(hall: Hall[MediaEngine], tmp_path: Path) -> None:
    nowhere = RecordingTarget(tmp_path / "gone" / "file", "the-file", bytes(32))
    await hall.engine.record(hall.room, "mother", nowhere)
    await until(lambda: RecordingFailed(hall.room, "mother") in hall.events, 10)
