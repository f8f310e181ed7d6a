"""Of a camera that comes in three sizes the best one is recorded, also while nobody watches it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from signaling.media.engine import LayerWanted, MediaEvent
from signaling.media.sfu import create_engine
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
    await asyncio.sleep(7)  # longer than a layer that nobody wants is asked for
    assert (await engine.stats(hall.room))["b"].layers == {"a": "low"}
    assert LayerWanted(hall.room, "a", "low") not in events, "the recording wants more than the only viewer"
    await engine.record(hall.room, "a", None)
    player.stop()
    await asyncio.sleep(0.3)
    await hall.leave()
    await engine.close()
    sizes = [frame.size for frame in pictures(webm(sealed(where))[0])]
    assert len(sizes) > 60
    assert set(sizes[-50:-5]) == {(640, 480)}
