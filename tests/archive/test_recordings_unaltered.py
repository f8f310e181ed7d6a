"""Recordings are part of the archive's check: each film by the SHA-256 that the journal got when it was filed."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from mediation import clock
from mediation.archive.integrity import Verdict, kept_of
from mediation.archive.models import Playback
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.i18n import moments
from mediation.recordings.checksum import Checksum
from mediation.recordings.erasing import erase_old
from mediation.recordings.filing import PATIENCE, file_parts, path_of
from mediation.recordings.models import RecordedPart, Recording
from tests.archive.shelf import Shelf, shelve
from tests.story import Story


async def verdict(shelf: Shelf, *, every_byte: bool = True) -> Verdict:
    """What the archive's check says now."""
    case_id = shelf.story.case.id
    async with shelf.database.read() as db:
        return (await kept_of(db, [case_id]))[case_id].verdict(shelf.settings.data_dir, every_byte=every_byte)


async def broken(shelf: Shelf) -> tuple[bool, bool]:
    """Whether the recording is found broken by lengths alone, and by every byte."""
    ids = [(await verdict(shelf, every_byte=every_byte)).broken_recordings for every_byte in (False, True)]
    assert set(ids) <= {(), (shelf.recording.id,)}
    return bool(ids[0]), bool(ids[1])


async def change(shelf: Shelf, *statements: Any) -> None:
    """Change the database behind the program's back."""

    async def unit(db: Any) -> None:
        for statement in statements:
            await db.execute(statement)

    await shelf.database.write(unit)


async def test_the_checksum_of_each_film_is_in_the_journal(shelf: Shelf) -> None:
    said = {entry.data["part"]: entry.data for entry in await shelf.journalled("recording_filed")}
    for part in await shelf.parts():
        content = path_of(shelf.settings.data_dir, part).read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        assert said.pop(part.id) == {"part": part.id, "size": len(content), "sha256": sha256}
        assert (part.size, part.sha256) == (len(content), sha256)
    assert said == {}
    found = await verdict(shelf)
    assert (found.unaltered, found.recordings) == (True, 1)


async def test_changed_cut_and_lost_films_are_found(shelf: Shelf, client_for: Any) -> None:
    path = path_of(shelf.settings.data_dir, (await shelf.parts())[0])
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert await broken(shelf) == (False, True)
    browser = await client_for(login=shelf.story.archivist)
    path.write_bytes(content[:-1])
    assert await broken(shelf) == (True, True)
    assert "校验没通过" in await (await browser.get("/archive")).text()
    path.unlink()
    assert await broken(shelf) == (True, True)
    path.write_bytes(content)
    assert await broken(shelf) == (False, False)
    for address in ("/archive", f"/archive/{shelf.story.case.id}"):
        assert "校验没通过" not in await (await browser.get(address)).text()


async def test_opening_reads_no_film_and_the_check_is_asked_for_and_kept(
    shelf: Shelf, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = f"/archive/{shelf.story.case.id}"
    browser, mediator = await client_for(login=shelf.story.archivist), await client_for(login=shelf.story.mediator)
    read: list[Path] = []
    whole = Checksum.of
    monkeypatch.setattr(Checksum, "of", lambda path: read.append(path) or whole(path))

    async def shown() -> str:
        return str(await (await browser.get(case)).text())

    assert "录像还没有查过" in await shown()
    assert read == [], "opening the page reads no recording"
    path = path_of(shelf.settings.data_dir, (await shelf.parts())[0])
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert "校验没通过" not in await shown()
    for status, whose in ((303, browser), (403, mediator)):
        assert (await whose.post(f"{case}/check", allow_redirects=False)).status == status
    assert read, "the check reads them"
    (entry,) = await shelf.journalled("recordings_checked")
    assert entry.data == {"number": 1, "broken": [shelf.recording.id]}
    for address in (case, "/archive"):  # kept until a later check finds it whole
        assert "校验没通过" in await (await browser.get(address)).text()
    assert "1 份录像被改过" in await shown()
    path.write_bytes(content)
    assert "校验没通过" in await shown()
    with clock.shifted(timedelta(minutes=5)):
        assert (await browser.post(f"{case}/check", allow_redirects=False)).status == 303
    told = (await shelf.journalled("recordings_checked"))[-1]
    found, when = await shown(), moments.written(told.at, shelf.settings.zone)
    assert ("校验没通过" in found, "录像没有改动" in found, f"上次查：{when}" in found) == (False, True, True)


async def test_a_film_put_in_another_s_place_is_found_though_the_database_names_it(shelf: Shelf) -> None:
    mine, _, other, _ = await shelf.parts()
    path = path_of(shelf.settings.data_dir, mine)
    path.write_bytes(path_of(shelf.settings.data_dir, other).read_bytes())
    checksum = Checksum.of(path)
    await change(
        shelf, update(RecordedPart).where(RecordedPart.id == mine.id).values(size=checksum.size, sha256=checksum.sha256)
    )
    assert await broken(shelf) == (True, True)


@pytest.mark.parametrize("lost", ["checksum", "film", "recording"])
async def test_what_the_database_no_longer_knows_is_missed(shelf: Shelf, lost: str) -> None:
    part = (await shelf.parts())[0]
    statements = {
        "checksum": [update(RecordedPart).where(RecordedPart.id == part.id).values(sha256=None, size=None)],
        "film": [delete(RecordedPart).where(RecordedPart.id == part.id)],
        "recording": [delete(Playback), delete(RecordedPart), delete(Recording)],
    }
    await change(shelf, *statements[lost])
    assert await broken(shelf) == (True, True)


async def test_erased_after_its_time_is_no_alteration_and_only_the_journal_says_so(shelf: Shelf) -> None:
    await change(shelf, update(Recording).values(erased_at=now()))
    assert await broken(shelf) == (True, True)
    await change(shelf, update(Recording).values(erased_at=None))
    with clock.shifted(timedelta(days=2)):
        await erase_old(shelf.database, shelf.settings.data_dir, 1)
    assert not (shelf.settings.data_dir / "recordings" / shelf.recording.id).exists()
    assert await broken(shelf) == (False, False)


async def test_a_film_that_was_damaged_before_it_was_filed(sqlite: Database, story: Story, settings: Settings) -> None:
    shelf = await shelve(sqlite, story, settings)
    assert await broken(shelf) == (False, False)  # not looked through yet
    await change(shelf, update(Recording).values(ended_at=now() - 2 * PATIENCE))
    path_of(settings.data_dir, (await shelf.parts())[0]).unlink()
    await file_parts(sqlite, settings)
    await file_parts(sqlite, settings)
    (damaged,) = await shelf.journalled("recording_damaged")
    assert (damaged.subject, damaged.data) == (shelf.recording.id, {"part": (await shelf.parts())[0].id})
    assert await broken(shelf) == (True, True)


async def test_what_an_older_version_filed_gets_its_checksum(shelf: Shelf) -> None:
    await change(shelf, update(RecordedPart).values(sha256=None, size=None))
    await file_parts(shelf.database, shelf.settings)
    assert {part.sha256 is None for part in await shelf.parts()} == {False}
    assert await broken(shelf) == (False, False)
