"""The connection log of the real program: a participant's process is stopped, continued and killed, then the server is."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mediation.config import Settings
from mediation.db import Database
from mediation.migrations import upgrade
from tests.live.hall import Hall
from tests.services.workstation import Workstation, start_workstation
from tests.signaling.test_connection_log import logged, steps, until
from tests.story import tell

ROOT = Path(__file__).resolve().parents[2]
SERVE = [sys.executable, "-m", "mediation", "serve"]


@dataclass
class Stage:
    """A data folder with the story; everybody is a process of their own, the server too."""

    folder: Path
    hall: Hall
    cookie: str
    station: Workstation | None = None
    people: list[subprocess.Popen[str]] | None = None

    def start(self) -> None:
        """The server, with nobody connected."""
        environment = {"PYTHONPATH": str(ROOT), "DEMO": "false", "MEDIA_WORKERS": "1"}
        self.station = start_workstation(SERVE, self.folder, environment, 60)

    def come(self) -> subprocess.Popen[str]:
        """The mother's page."""
        assert self.station is not None
        person = subprocess.Popen(
            [sys.executable, "-m", "tests.signaling.staying"], cwd=ROOT, stdin=subprocess.PIPE, text=True
        )
        self.people = [*(self.people or []), person]
        assert person.stdin is not None
        auth = {"invitation": self.hall.story.mother.invitation.id}
        with person.stdin:
            person.stdin.write(json.dumps({"url": self.station.url, "cookie": self.cookie, "auth": auth}) + "\n")
        return person


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Migrated and told; the mother has agreed to talk online."""
    settings = Settings(data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    database = Database(settings.database, settings.keys)
    await upgrade(database)
    story = await tell(database)
    hall = Hall(database, story)
    await hall.consent("mother")
    made = Stage(tmp_path, hall, "=".join(await story.redeem(database, story.mother)))
    yield made
    for person in made.people or []:
        person.kill()
        person.wait()
    if made.station is not None:
        made.station.stop()
    await database.close()


@pytest.mark.timeout(180)
async def test_what_happens_to_processes_is_told_apart(stage: Stage) -> None:
    hall = stage.hall
    stage.start()
    mother = stage.come()
    await until(hall, "mother", ["joined"])
    os.kill(mother.pid, signal.SIGSTOP)  # as a phone without a network: the socket stays, nothing comes
    await until(hall, "mother", ["joined", "network_silent"])
    os.kill(mother.pid, signal.SIGCONT)
    await until(hall, "mother", ["joined", "network_silent*"])
    mother.kill()
    await until(hall, "mother", ["joined", "network_silent*", "broken_off"])
    stage.come()
    await until(hall, "mother", ["joined", "network_silent*", "broken_off*"])
    assert stage.station is not None
    os.kill(stage.station.process.pid, signal.SIGKILL)
    stage.station.process.wait()
    assert (await steps(hall, "mother"))[-1] == "broken_off*", "nothing could be written any more"
    stage.start()
    await until(hall, "mother", ["joined", "network_silent*", "broken_off*", "server_restarted"])
    stage.come()
    await until(hall, "mother", ["joined", "network_silent*", "broken_off*", "server_restarted*"])
    log = await logged(hall, "mother")
    assert log is not None
    silent = log.losses[0]
    assert silent.back_at is not None
    assert 4 <= (silent.back_at - silent.at).total_seconds() < 30
