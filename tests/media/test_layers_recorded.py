"""Of a camera that comes in three sizes the best one is recorded, also while nobody watches it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from signaling.media.engine import MediaEvent
from signaling.media.recording.recorder import Recorder
from signaling.media.sfu import create_engine
from signaling.media.sfu.codecs import VP8, Codec, Format
from signaling.media.sfu.track import Track
from tests.media.hall import Hall
from tests.media.scripted_media import LAYER_RATES, LayeredPlayer
from tests.recordings.person import pictures, sealed, target, webm


async def test_the_best_layer_is_recorded(tmp_path: Path) -> None:
    events: list[MediaEvent] = []
    engine = await create_engine("127.0.0.1", 0, events.append)
    hall = Hall(engine, events)
    await hall.together("a", "b")
    player = LayeredPlayer(await hall.join("a", 1, rids=tuple(LAYER_RATES)), "mother")
    await engine.record(hall.room, "a", where := target(tmp_path))
    await hall.join("b", 1)
    await engine.prefer(hall.room, "b", {"a": 100})
    await asyncio.sleep(4)
    assert (await engine.stats(hall.room))["b"].layers == {"a": "low"}
    await engine.record(hall.room, "a", None)
    player.stop()
    await asyncio.sleep(0.3)
    await hall.leave()
    await engine.close()
    sizes = [frame.size for frame in pictures(webm(sealed(where))[0])]
    assert len(sizes) > 30
    assert set(sizes[-20:-5]) == {(640, 480)}


def test_a_recording_wants_the_best_layer(tmp_path: Path) -> None:
    form = Format(VP8, 96, 97, Codec(96, VP8, 90000))
    watched, recorded = (Track("video", "1", form, 0, lambda data: None, tuple(LAYER_RATES)) for _ in range(2))
    recorded.recorder = Recorder(target(tmp_path), 0.0)
    told = [[track.wants_others(now) and track.told for now in (1.0, 5.0, 7.0)] for track in (watched, recorded)]
    assert told == [[False, False, ("low",)], [False, False, ("high",)]]
    recorded.recorder.close(7.0, wait=True)
