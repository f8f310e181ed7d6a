"""A cut reaches every recording that may be running, also one that the engine took without our learning of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, cast

import pytest
from sqlalchemy import select

from mediation.config import Settings
from mediation.live.recording import answer_recording, ask_to_record, start_recording
from mediation.live.rooms import recall
from mediation.recordings.consents import TEXT_VERSION
from mediation.recordings.models import End, RecordedPart, Recording
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


class DownForTheSecond:
    """An engine that ends after the first file was made."""

    def __init__(self) -> None:
        self.made: list[RecordingTarget] = []

    async def record(self, room: str, peer: str, target: RecordingTarget | None) -> None:
        if self.made:
            raise EngineDown("its worker died")
        assert target
        assert target.screen
        self.made += [target, target.screen]
        for file in self.made:
            file.path.touch()


async def agreed(hall: Hall) -> Recording:
    """Mother and father are in the main room, and its recording has begun."""
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await hall.do(ask_to_record, "mediator", TEXT_VERSION, allowed=True)
    for name in ("mother", "father"):
        await hall.do(answer_recording, name, True, TEXT_VERSION)
    await hall.do(start_recording, "mediator", allowed=True, keep_days=30)
    recording = (await hall.live()).recording
    assert recording
    return recording


async def test_what_was_never_begun_is_not_missed_later(small_hall: Hall, settings: Settings) -> None:
    """The archive would call its recording altered."""
    hall, engine = small_hall, DownForTheSecond()
    recording = await agreed(hall)
    recorders = Recorders(hall.database, cast(MediaEngine, engine), settings.data_dir / "recordings")
    wanted = dict.fromkeys([hall.ids["mother"], hall.ids["father"]], recording.id)
    await recorders.open(hall.session, wanted)
    async with hall.database.read() as db:
        parts = set(await db.scalars(select(RecordedPart.id)))
    assert parts == {file.ident for file in engine.made}


async def test_without_a_folder_nobody_believes_that_it_is_recorded(small_hall: Hall, settings: Settings) -> None:
    hall, engine = small_hall, DownForTheSecond()
    recording = await agreed(hall)
    (settings.data_dir / "recordings").write_text("no folder")
    recorders = Recorders(hall.database, cast(MediaEngine, engine), settings.data_dir / "recordings")
    await recorders.open(hall.session, {hall.ids["mother"]: recording.id})
    live = await hall.live()
    assert live.recording
    assert live.recording.ended_by is End.FAILED
    async with hall.database.read() as db:
        assert not (await db.scalars(select(RecordedPart))).all()


@pytest.mark.parametrize(
    "fails", [None, EngineDown("slow"), asyncio.CancelledError()], ids=["restart", "down", "cancelled"]
)
async def test_nobody_is_left_out_of_a_cut(small_hall: Hall, settings: Settings, fails: BaseException | None) -> None:
    hall = small_hall
    recording = await agreed(hall)
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
