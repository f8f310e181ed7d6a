"""`kill -9` of the real server while people talk, are moved and sign: nothing acknowledged is lost, nothing is half-done."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from socketio.exceptions import SocketIOError
from sqlalchemy import select, update

from mediation.agreements.models import Agreement
from mediation.agreements.view import agreement_view
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.journal.verify import verify
from mediation.live.models import Attendance, ChatLine
from mediation.notifications.models import OneTimeCode
from tests.agreements.steps import STROKES, agree, code_of, offered
from tests.live.hall import Hall
from tests.services.workstation import Workstation, start_workstation
from tests.signaling.client import Tab
from tests.story import tell

ROOT = Path(__file__).resolve().parents[2]
KILLS = 20
SERVE = [sys.executable, "-m", "mediation", "serve"]
PLACES: dict[str, dict[str, str]] = {
    "recall": {"mediator": "main", "mother": "main", "father": "main"},
    "applicant": {"mediator": "caucus:applicant", "mother": "caucus:applicant", "father": "waiting:father"},
    "respondent": {"mediator": "caucus:respondent", "mother": "waiting:mother", "father": "caucus:respondent"},
    "everybody_waits": {"mediator": "main", "mother": "waiting:mother", "father": "waiting:father"},
}
SIGNING = {"none": ("signature", "waiting"), "waiting": ("code", "signed"), "signed": ("withdraw", "none")}


@dataclass
class Said:
    """What was acknowledged; and the last thing begun, of which the answer may be missing."""

    lines: dict[str, str] = field(default_factory=dict)
    rooms: list[dict[str, str]] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)


@dataclass
class Stage:
    """A data folder with the story, the server on it, and everybody's cookies. `hall` reads while the server is down."""

    folder: Path
    settings: Settings
    hall: Hall
    agreement: Agreement
    cookies: dict[str, str]
    station: Workstation | None = None

    async def start(self) -> None:
        """The server, on new ports; the pages of a real browser would find the old ones (tests/journey)."""
        environment = {"PYTHONPATH": str(ROOT), "DEMO": "false", "MEDIATOR_GRACE_SECONDS": "10"}
        self.station = await asyncio.to_thread(start_workstation, SERVE, self.folder, environment, 60)

    def kill(self) -> None:
        """As a power cut would."""
        assert self.station is not None
        os.kill(self.station.process.pid, signal.SIGKILL)
        self.station.process.wait()

    async def tab(self, name: str) -> Tab:
        """Somebody's tab, connected."""
        assert self.station is not None
        auth = {"session": self.hall.session}
        if name in ("mother", "father"):
            auth = {"invitation": getattr(self.hall.story, name).invitation.id}
        headers = {"Cookie": self.cookies[name], "Origin": self.station.url}
        return await Tab(name, self.station.url, headers, auth).open()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Migrated, told, with an agreement that the mother agrees to; everybody is known."""
    settings = Settings(data_dir=tmp_path / "data")
    environment = {**os.environ, "DATA_DIR": str(settings.data_dir), "DEMO": "false", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", "mediation", "migrate"], env=environment, cwd=tmp_path, check=True)
    database = Database(settings.database, settings.keys)
    story = await tell(database)
    hall = Hall(database, story)
    await hall.consent("mother", "father")
    agreement = await offered(database, story, settings)
    await agree(database, story.mother, agreement)
    cookies = {
        "mediator": f"login={await story.log_in(database, story.mediator)}",
        "mother": "=".join(await story.redeem(database, story.mother)),
        "father": "=".join(await story.redeem(database, story.father)),
    }
    made = Stage(tmp_path, settings, hall, agreement, cookies)
    yield made
    if made.station is not None:
        made.station.stop()
    await database.close()


@pytest.mark.timeout(400)
async def test_twenty_kills(stage: Stage) -> None:
    await endure(stage, seed=20261122, kills=KILLS)


@pytest.mark.soak
async def test_five_hundred_kills(stage: Stage) -> None:
    await endure(stage, seed=int(time.time()), kills=500)


async def endure(stage: Stage, seed: int, kills: int) -> None:
    """Kill again and again; the seed makes moves and moments the same each time."""
    dice = random.Random(seed)
    said = Said(signature=["none"])
    for number in range(kills):
        await stage.start()
        tabs = [await stage.tab(name) for name in ("mediator", "mother", "father")]
        seated = await stage.hall.rooms()
        assert seated in said.rooms or not number, (seed, number)
        said.rooms = [seated]  # on a slow machine nobody may have been moved when it dies
        await until_killed(stage, said, tabs, dice, number)
        await check(stage, said, f"seed {seed}, kill {number}")
        await forget_codes(stage)
    assert said.lines, "nothing was acknowledged"


async def forget_codes(stage: Stage) -> None:
    """As if an hour had passed, or too many codes would have been sent."""
    long_ago = update(OneTimeCode).values(created_at=now() - timedelta(hours=1))
    await stage.hall.database.write(lambda db: db.execute(long_ago))


async def until_killed(stage: Stage, said: Said, tabs: list[Tab], dice: random.Random, number: int) -> None:
    """Everybody is busy until the server dies, at a moment of the dice."""
    mediator, mother, father = tabs
    work = [
        asyncio.create_task(work)
        for work in (
            moves(mediator, said, random.Random(dice.random())),
            talks(mother, said, number),
            talks(father, said, number),
            signs(stage, said),
        )
    ]
    await asyncio.sleep(dice.uniform(0.1, 0.9))
    stage.kill()
    for task in work:
        task.cancel()
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        assert isinstance(result, asyncio.CancelledError | SocketIOError | ClientError | OSError | None), result
    for tab in tabs:
        with contextlib.suppress(Exception):
            await tab.close()


async def moves(mediator: Tab, said: Said, dice: random.Random) -> None:
    """The mediator moves everybody; of two moves one may be under way when the server dies."""
    ids = [each["id"] for each in mediator.now["everybody"] if each["side"] != "neutral"]
    while True:
        name = dice.choice(list(PLACES))
        said.rooms = [said.rooms[-1], PLACES[name]]
        if name in ("applicant", "respondent"):
            await mediator.do("caucus", side=name)
        else:
            await mediator.do(name, **({"participant_ids": ids} if name == "recall" else {}))
        said.rooms = [PLACES[name]]


async def talks(tab: Tab, said: Said, number: int) -> None:
    """Line after line; noted when acknowledged."""
    for line in range(10_000):
        key, text = f"{tab.name}-{number}-{line}", f"{tab.name}的第{line}句"
        await tab.do("say", text=text, key=key)
        said.lines[key] = text
        await asyncio.sleep(0.03)


async def signs(stage: Stage, said: Said) -> None:
    """The mother hands in her signature, confirms it, takes it back; twice, then the codes of ten minutes are spent."""
    assert stage.station is not None
    story = stage.hall.story
    base = f"{stage.station.url}/i/{story.mother.invitation.id}/agreement"
    headers = {"Cookie": stage.cookies["mother"], "Origin": stage.station.url}
    async with ClientSession(headers=headers) as browser:
        for _ in range(5):
            path, after = SIGNING[said.signature[-1]]
            form: dict[str, Any] = {"version": str(stage.agreement.version)}
            if path == "signature":
                form |= {"manner": "drawn", "strokes": STROKES, "declared": "true"}
            elif path == "code":
                form |= {"code": await code_of(stage.hall.database, story.mother)}
            said.signature = [said.signature[-1], after]
            async with browser.post(f"{base}/{path}", data=form, allow_redirects=False) as answer:
                assert answer.status == 303, (path, answer.status)
            said.signature = [after]


async def check(stage: Stage, said: Said, when: str) -> None:
    """What the database holds, with the server dead."""
    hall = stage.hall
    async with hall.database.read() as db:
        kept = {line.key: line.text for line in await db.scalars(select(ChatLine))}
        view = await agreement_view(db, hall.story.mother.actor(), settings=stage.settings, at=now())
        proved = await verify(db)
        stays = list(await db.scalars(select(Attendance.participant_id).where(Attendance.left_at.is_(None))))
    assert {key: kept.get(key) for key in said.lines} == said.lines, when
    assert proved.broken is None, (when, proved)
    assert await hall.rooms() in said.rooms, when
    assert view is not None
    assert view.own_signature in said.signature, when
    said.signature = [view.own_signature]
    said.rooms = [await hall.rooms()]
    assert len(stays) == len(set(stays)), when
