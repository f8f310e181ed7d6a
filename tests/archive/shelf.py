"""A closed case with a recording on the archive's shelf."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from mediation.cases.models import Outcome
from mediation.clock import now
from mediation.closing.closing import close_session
from mediation.config import Settings
from mediation.db import Database
from mediation.journal.models import JournalEntry
from mediation.recordings.filing import PATIENCE, file_of, file_parts
from mediation.recordings.kinds import End, Shows
from mediation.recordings.lifetime import add_parts, begin, end
from mediation.recordings.models import RecordedPart, Recording
from mediation.sessions.states import start
from signaling.media.engine import RecordingTarget
from tests.media.scripted_media import record
from tests.recordings.h264 import record_h264
from tests.recordings.person import person, webm
from tests.story import Story


@dataclass
class Shelf:
    """A closed case with one recording of mother, who shares her screen in the third and fourth second, and father, whose
    camera sends H264."""

    story: Story
    database: Database
    settings: Settings
    recording: Recording

    @property
    def page(self) -> str:
        """Where it is played."""
        return f"/archive/{self.story.case.id}/recordings/{self.recording.id}"

    async def parts(self) -> list[RecordedPart]:
        """Mother's file and the one of her screen, father's and that of his."""
        async with self.database.read() as db:
            found = select(RecordedPart).where(RecordedPart.recording_id == self.recording.id)
            return list(await db.scalars(found.order_by(RecordedPart.participant_id, RecordedPart.shows)))

    async def whole(self, part: RecordedPart) -> bytes:
        """The part as one film."""
        async with self.database.read() as db:
            return webm(file_of(db, self.settings, part))[0]

    async def arrive(self) -> None:
        """Nothing more is waited for: what is there is looked through."""
        long_ago = update(Recording).values(ended_at=now() - 2 * PATIENCE)
        await self.database.write(lambda db: db.execute(long_ago))
        await file_parts(self.database, self.settings)

    async def journalled(self, action: str) -> list[JournalEntry]:
        """The entries of this action."""
        async with self.database.read() as db:
            return list(await db.scalars(select(JournalEntry).where(JournalEntry.action == action)))


async def shelve(database: Database, story: Story, settings: Settings, *, arriving: bool = False) -> Shelf:
    """Record six seconds of mother and father, and close the case; the files are not looked through yet.

    `arriving`: their ends are still on the way, so that no job looks through them before `Shelf.arrive`.
    """
    actor = story.mediator.actor()
    await database.write(lambda db: start(db, actor, story.session.id))
    recording = await database.write(lambda db: begin(db, actor, story.session, settings.recording_keep_days))
    people = {story.mother.participant.id: "mother", story.father.participant.id: "father"}
    parts = await database.write(lambda db: add_parts(db, recording.id, list(people)))
    folder = settings.data_dir / "recordings" / recording.id
    folder.mkdir(parents=True, exist_ok=True)
    for participant_id, files in parts.items():
        (ident, key), (screen, screen_key) = files[Shows.PERSON], files[Shows.SCREEN]
        target = RecordingTarget(folder / ident, ident, key, RecordingTarget(folder / screen, screen, screen_key))
        who = person(target, people[participant_id])
        if people[participant_id] == "father":
            who.clip, who.codec = record_h264("father"), "h264"
        who.go_on(2)
        who.screen = record("judge", (320, 180), 5) if people[participant_id] == "mother" else None
        who.go_on(2)
        who.screen = None
        who.go_on(2)
        who.recorder.close(who.now, wait=True)
        if arriving:
            os.truncate(folder / ident, (folder / ident).stat().st_size - 9)

    async def finish(db: Any) -> None:
        ended = await db.get_one(Recording, recording.id)
        end(db, actor, ended, End.STOPPED)
        if arriving:
            ended.ended_at = now() + timedelta(hours=1)

    await database.write(finish)
    await close_session(database, settings, actor, story.session.id, Outcome.FAILED, "接送的时间谈不拢")
    return Shelf(story, database, settings, recording)
