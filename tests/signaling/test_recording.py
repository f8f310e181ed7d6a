"""Recording through the sockets: what is in the files afterwards, whoever moved, withdrew, entered or was killed meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import select

from mediation.clock import now
from mediation.config import Settings
from mediation.recordings.consents import TEXT_VERSION
from mediation.recordings.filing import file_of, file_parts
from mediation.recordings.models import RecordedPart, Recording, Shows
from tests.clips import LOOKS
from tests.media.scripted_client import ScriptedClient
from tests.media.scripted_media import Player, record
from tests.recordings.person import Frame, pictures, webm
from tests.signaling.client import Tab
from tests.signaling.hub import Hub

SIZE = (160, 120)
SECRET = "elder"  # the look of what is shown in a caucus: it must be in no file


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"recording": "allowed"})


class OnCamera:
    """Somebody's tab with camera and microphone; `show` changes what they look like."""

    def __init__(self, tab: Tab) -> None:
        async def answer(offer: str) -> str:
            return str((await tab.do("offer", sdp=offer))["sdp"])

        self.tab = tab
        self.client = ScriptedClient(tab.name, answer)

    async def start(self) -> OnCamera:
        await self.client.join(receive=2)
        self.player = Player(self.client, record(self.tab.name, SIZE))
        return self

    def show(self, look: str) -> None:
        self.player._recording, self.player._next = record(look, SIZE), 0

    async def stop(self) -> None:
        self.player.stop()
        await self.client.close()


@asynccontextmanager
async def on_camera(hub: Hub) -> AsyncIterator[list[OnCamera]]:
    """Mediator, mother and father in the main room; all have agreed."""
    people = [await OnCamera(tab).start() for tab in await hub.together()]
    await people[0].tab.do("ask_to_record", version=TEXT_VERSION)
    for person in people[1:]:
        await person.tab.do("answer_recording", given=True, version=TEXT_VERSION)
    try:
        yield people
    finally:
        for person in people:
            await person.stop()


async def films(hub: Hub) -> list[tuple[Recording, dict[str, list[Frame]]]]:
    """What lies in the files, by the names of people."""
    names = {ident: name for name, ident in hub.hall.ids.items()}
    for _ in range(100):
        await file_parts(hub.hall.database, hub.settings)
        async with hub.hall.database.read() as db:
            if not (await db.scalars(select(RecordedPart).where(RecordedPart.filed_at.is_(None)))).all():
                break
        await asyncio.sleep(0.1)
    found = []
    async with hub.hall.database.read() as db:
        for recording in (await db.scalars(select(Recording).order_by(Recording.started_at))).all():
            shown: dict[str, list[Frame]] = {}
            parts = select(RecordedPart).where(
                RecordedPart.recording_id == recording.id, RecordedPart.shows == Shows.PERSON
            )
            for part in await db.scalars(parts.order_by(RecordedPart.began_at)):
                content, _ = webm(file_of(db, hub.settings, part))
                shown.setdefault(names[part.participant_id], []).extend(pictures(content))
            found.append((recording, shown))
    return found


def like(look: str, frame: Frame) -> bool:
    return all(abs(one - other) < 50 for one, other in zip(frame.colour, LOOKS[look][0], strict=True))


async def test_only_the_main_room_is_in_the_files(hub: Hub) -> None:
    async with on_camera(hub) as (mediator, mother, father):
        judge = (await hub.come("judge"))[0]
        await mediator.tab.do("start_recording")
        for person in (mediator, mother, father):
            await person.tab.until(lambda seen: seen["recording"]["on"])
        assert judge.now["recording"]["on"] is False
        await asyncio.sleep(1.5)
        await mediator.tab.do("caucus", side="applicant")
        for person in (mediator, mother, father):  # acknowledged: nothing of this may be kept
            person.show(SECRET)
        await mother.tab.until(lambda seen: not seen["recording"]["on"])
        assert await mediator.tab.refusal("start_recording") == "main_room_only"
        await asyncio.sleep(0.7)
        for person in (mediator, mother, father):
            person.show(person.tab.name)
        await asyncio.sleep(0.3)
        people = [hub.hall.ids["mother"], hub.hall.ids["father"]]
        await mediator.tab.do("recall", participant_ids=people)
        await asyncio.sleep(0.5)
        assert mother.tab.now["recording"]["on"] is False  # back together, and not recorded by itself
        await mediator.tab.do("start_recording")
        await asyncio.sleep(1)
        await mediator.tab.do("admit", participant_id=hub.hall.ids["judge"])  # who was not asked
        for person in (mediator, mother, father):
            person.show(SECRET)
        await mediator.tab.do("dismiss", participant_id=hub.hall.ids["judge"])
        for person in (mediator, mother, father):
            person.show(person.tab.name)
        await asyncio.sleep(0.3)
        await mediator.tab.do("start_recording")
        assert await mother.tab.refusal("stop_recording") == "host_only"
        await asyncio.sleep(1)
        await mother.tab.do("answer_recording", given=False, version="")
        for person in (mediator, mother, father):
            person.show(SECRET)
        assert await mediator.tab.refusal("start_recording") == "not_everybody_agrees"
        await asyncio.sleep(0.7)
    found = await films(hub)
    assert [recording.ended_by for recording, _ in found] == ["room_left", "not_everybody", "not_everybody"]
    for _, shown in found:
        assert sorted(shown) == ["father", "mediator", "mother"]
        for name, frames in shown.items():
            assert not any(like(SECRET, frame) for frame in frames)
            assert sum(like(name, frame) for frame in frames) > 2


async def test_a_killed_worker_costs_ten_seconds_at_most_and_the_recording_goes_on(hub: Hub) -> None:
    async with on_camera(hub) as (mediator, mother, _father):
        await mediator.tab.do("start_recording")
        await asyncio.sleep(12)
        epoch = mother.tab.now["media_epoch"]
        pid = hub.signaling.engine.workers[0].pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        killed = now()
        await mother.tab.until(lambda seen: seen["media_epoch"] != epoch)
        mother.player.stop()
        again = await OnCamera(mother.tab).start()
        await asyncio.sleep(1)
        assert mother.tab.now["recording"]["on"] is True
        await mediator.tab.do("stop_recording")
        await again.stop()
        async with hub.hall.database.read() as db:
            found = select(RecordedPart).where(RecordedPart.shows == Shows.PERSON).order_by(RecordedPart.began_at)
            parts = [(part, *webm(file_of(db, hub.settings, part))) for part in await db.scalars(found)]
    assert len(parts) == 6
    for part, _, contents in parts[:3]:
        assert (killed - part.began_at).total_seconds() - contents.duration / 1000 < 10
        assert not contents.whole
    own = [pictures(content) for part, content, _ in parts if part.participant_id == hub.hall.ids["mother"]]
    assert [sum(like("mother", frame) for frame in frames) > 2 for frames in own] == [True, True]
