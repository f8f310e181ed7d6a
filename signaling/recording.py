"""Make the media engine record those, and only those, who may be recorded; used by placement in its order cut, commit, open."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

from mediation.db import Database
from mediation.files import make_folder
from mediation.live.recording import fail_recording
from mediation.live.rules import MAIN
from mediation.live.seating import Live
from mediation.recordings.kinds import Shows
from mediation.recordings.lifetime import add_parts, forget_parts
from signaling.media.engine import EngineDown, MediaEngine, RecordingTarget

Wanted = dict[str, str]  # participant id → id of the recording; empty when nobody is to be recorded
PERHAPS = ""  # in place of that id: the engine was told, and has not confirmed
log = logging.getLogger(__name__)


class Recorders:
    """Knows, for every session, whom the engine was told to record and hasn't been told to stop: also those of whom it
    isn't known whether the engine took it, so that a cut never leaves one out."""

    def __init__(self, database: Database, engine: MediaEngine, folder: Path) -> None:
        self._database = database
        self._engine = engine
        self._folder = folder
        self._told: dict[str, Wanted] = defaultdict(dict)

    def settled(self, session_id: str, wanted: Wanted) -> bool:
        """Whether exactly these are being recorded."""
        return self._told[session_id] == wanted

    async def cut(self, session_id: str, wanted: Wanted) -> None:
        """Stop with everybody who isn't wanted; when this returns nothing that arrives later is kept of them."""
        told = self._told[session_id]
        for ident in [ident for ident, recording in told.items() if wanted.get(ident) != recording]:
            told[ident] = PERHAPS
            try:
                await self._engine.record(session_id, ident, None)
            except EngineDown:
                log.warning("the media engine is down, and with it every recording of session %s", session_id)
            told.pop(ident, None)

    async def open(self, session_id: str, wanted: Wanted) -> None:
        """Begin with everybody who is wanted and isn't recorded yet, each into new files under new keys."""
        missing = sorted(set(wanted) - set(self._told[session_id]))
        if not missing:
            return
        recording_id = wanted[missing[0]]
        folder = self._folder / recording_id
        try:
            await asyncio.to_thread(make_folder, folder, 0o700)
        except OSError as error:
            log.error("a recording can't be written: %s", error.strerror)
            await self._database.write(lambda db: fail_recording(db, session_id))
            return
        parts = await self._database.write(lambda db: add_parts(db, recording_id, missing))
        for ident, files in parts.items():
            # After a restart it is another one, which still says PERHAPS when this is confirmed.
            told = self._told[session_id]
            told[ident] = PERHAPS
            try:
                await self._engine.record(session_id, ident, _target(folder, files))
            except EngineDown:  # told again when it is back, with other files
                await self._forget_unmade(folder, [file for each in parts.values() for file, _ in each.values()])
                return
            told[ident] = recording_id

    async def _forget_unmade(self, folder: Path, files: Collection[str]) -> None:
        unmade = [file for file in files if not (folder / file).exists()]
        await self._database.write(lambda db: forget_parts(db, unmade))

    def engine_restarted(self, session_ids: Collection[str]) -> None:
        """A new worker records nobody yet, except whom it was told to meanwhile."""
        for session_id in session_ids:
            self._told[session_id] = dict.fromkeys(self._told[session_id], PERHAPS)


def _target(folder: Path, files: Mapping[Shows, tuple[str, bytes]]) -> RecordingTarget:
    (person, key), (screen, screen_key) = files[Shows.PERSON], files[Shows.SCREEN]
    return RecordingTarget(folder / person, person, key, RecordingTarget(folder / screen, screen, screen_key))


def to_be_recorded(live: Live, lists: Mapping[str, Collection[str]]) -> Wanted:
    """Who sits in the main room while it is recorded and is heard there; never anybody else."""
    if live.recording is None or not live.recorded:
        return {}
    here = [ident for ident, seat in live.seats.items() if seat.room == MAIN and lists.get(ident)]
    return dict.fromkeys(here, live.recording.id)
