"""A cut reaches every recording that may be running, also one that the engine took without our learning of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, cast

import pytest

from mediation.config import Settings
from mediation.live.recording import answer_recording, ask_to_record, start_recording
from mediation.live.rooms import recall
from mediation.recordings.consents import TEXT_VERSION
from signaling.media.engine import EngineDown, MediaEngine, RecordingTarget
from signaling.recording import Recorders
from tests.live.hall import Hall


class Slow:
    """An engine that has taken the command when it, or whoever asked, gives up; `during` happens meanwhile."""

    def __init__(self, fails: BaseException | None, during: Any) -> None:
        self.running: set[str] = set()
        self._fails, self._during = fails, during

    async def record(self, room: str, peer: str, target: RecordingTarget | None) -> None:
        if target is None:
            self.running.discard(peer)
            return
        self._during()
        self.running.add(peer)
        if self._fails:
            raise self._fails


@pytest.mark.parametrize(
    "fails", [None, EngineDown("slow"), asyncio.CancelledError()], ids=["restart", "down", "cancelled"]
)
async def test_nobody_is_left_out_of_a_cut(small_hall: Hall, settings: Settings, fails: BaseException | None) -> None:
    hall = small_hall
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await hall.do(ask_to_record, "mediator", TEXT_VERSION, allowed=True)
    for name in ("mother", "father"):
        await hall.do(answer_recording, name, True, TEXT_VERSION)
    await hall.do(start_recording, "mediator", allowed=True, keep_days=30)
    recording = (await hall.live()).recording
    assert recording
    restart = fails is None
    engine = Slow(fails, lambda: recorders.engine_restarted([hall.session]) if restart else None)
    recorders = Recorders(hall.database, cast(MediaEngine, engine), settings.data_dir / "recordings")
    wanted = dict.fromkeys([hall.ids["mother"], hall.ids["father"]], recording.id)
    with suppress(asyncio.CancelledError):
        await recorders.open(hall.session, wanted)
    assert engine.running
    assert recorders.settled(hall.session, wanted) is False
    await recorders.cut(hall.session, {})
    assert engine.running == set()
