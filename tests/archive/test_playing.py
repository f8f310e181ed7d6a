"""A recording in the archive: played by who may, in ranges, journalled each time; keys changed; erased when its time is over."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientError
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.archive.completeness import lacking_of
from mediation.archive.pages import erase_recordings, file_recordings
from mediation.archive.playing import film_of, open_recording
from mediation.cases.models import CaseFile, DocumentKind
from mediation.cli import main
from mediation.clock import now
from mediation.closing.telling import consents
from mediation.config import Settings
from mediation.db import Database
from mediation.errors import NotFound
from mediation.live.models import Attendance
from mediation.people.protection import protect
from mediation.recordings.consents import SUBJECT
from mediation.recordings.erasing import erase_old
from mediation.recordings.filing import path_of
from mediation.recordings.kinds import End
from mediation.recordings.masters import forget_unused, numbers, rotate
from mediation.recordings.models import Recording
from mediation.sessions.models import Consent
from tests.archive.shelf import Shelf, shelve
from tests.clips import LOOKS
from tests.recordings.person import pictures
from tests.story import Story

ClientFor = Callable[..., Awaitable[Any]]


async def told(shelf: Shelf, action: str) -> list[tuple[str, str | None, str | None]]:
    """Who did this, with which case, with what."""
    return [(entry.actor, entry.case_id, entry.subject) for entry in await shelf.journalled(action)]


async def sources(browser: Any, page: str) -> list[dict[str, Any]]:
    """The films that a page plays."""
    answer = await browser.get(page)
    assert answer.status == 200
    carried = re.search(r'id="timeline">(.*?)</script>', await answer.text())
    assert carried
    found: list[dict[str, Any]] = json.loads(carried[1])
    return found


async def test_an_archivist_plays_it_and_every_time_is_written_down(shelf: Shelf, client_for: ClientFor) -> None:
    browser = await client_for(login=shelf.story.archivist)
    assert shelf.page in await (await browser.get(f"/archive/{shelf.story.case.id}")).text()
    films = await sources(browser, shelf.page)
    mother, father = shelf.story.mother.participant.id, shelf.story.father.participant.id
    assert [(film["person"], film["screen"]) for film in films] == [(mother, False), (mother, True), (father, False)]
    assert all(abs(film["duration"] - 6000) < 100 and film["camera"] for film in films)
    assert await shelf.journalled("recording_played") == []  # nothing of it was given out yet
    answer = await browser.get(films[0]["source"])
    content = await answer.read()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "video/webm"
    assert len(pictures(content)) > 60
    others = [browser.get(film["source"], headers={"Range": "bytes=9-99"}) for film in films]
    assert [each.status for each in await asyncio.gather(*others)] == [206, 206, 206]
    entry = f"staff:{shelf.story.archivist.staff.id}", shelf.story.case.id, shelf.recording.id
    assert await told(shelf, "recording_played") == [entry]
    again = await sources(browser, shelf.page)
    await asyncio.gather(*(browser.get(film["source"]) for film in again))
    assert await told(shelf, "recording_played") == [entry] * 2
    assert (await told(shelf, "archive_read")).count(entry) == 2


async def test_while_it_is_prepared_nothing_is_played_and_the_page_finds_out_when_it_is_ready(
    sqlite: Database, story: Story, settings: Settings, client_for: ClientFor
) -> None:
    shelf = await shelve(sqlite, story, settings, arriving=True)
    browser, ask = await client_for(login=story.archivist), {"headers": {"Accept": "application/json"}}
    text = await (await browser.get(shelf.page)).text()
    assert "archive_recording_awaited.js" in text
    assert "archive_recording.js" not in text
    assert await sources(browser, shelf.page) == []
    seen = len(await shelf.journalled("archive_read"))
    assert await (await browser.get(shelf.page, **ask)).json() == {"ready": False}
    await shelf.arrive()
    assert await (await browser.get(shelf.page, **ask)).json() == {"ready": True}
    assert len(await shelf.journalled("archive_read")) == seen  # a script that asks is nobody who looks
    assert await shelf.journalled("recording_played") == []
    assert len(await sources(browser, shelf.page)) == 3
    for other in (story.mediator, story.stranger):
        assert (await (await client_for(login=other)).get(shelf.page, **ask)).status in (403, 404)


async def test_ranges(shelf: Shelf, client_for: ClientFor) -> None:
    browser = await client_for(login=shelf.story.archivist)
    source = (await sources(browser, shelf.page))[0]["source"]
    whole = await (await browser.get(source)).read()
    size = len(whole)
    for asked, first, last in (
        ("bytes=0-0", 0, 0), ("bytes=0-", 0, size - 1), (f"bytes={size // 2}-{size // 2 + 9999}", size // 2, size // 2 + 9999),
        ("bytes=-100", size - 100, size - 1), (f"bytes={size - 1}-{size + 50}", size - 1, size - 1),
    ):  # fmt: skip
        answer = await browser.get(source, headers={"Range": asked})
        assert answer.status == 206
        assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert await answer.read() == whole[first : last + 1]
    for senseless in (f"bytes={size}-", "bytes=9-3", "bytes=x-y", "lines=1-2"):
        answer = await browser.get(source, headers={"Range": senseless})
        assert answer.status == 416
        assert answer.headers["Content-Range"] == f"bytes */{size}"


async def test_who_may_not(shelf: Shelf, client_for: ClientFor) -> None:
    archivist = await client_for(login=shelf.story.archivist)
    source = (await sources(archivist, shelf.page))[0]["source"]
    for member in ("mediator", "judge", "worker", "admin"):
        browser = await client_for(login=getattr(shelf.story, member))
        assert (await browser.get(shelf.page)).status == 403
        assert (await browser.get(source)).status in (403, 404)
    mother = await client_for(way=shelf.story.mother)
    for path in (shelf.page, source):
        assert (await mother.get(path, headers={"Accept": "application/json"})).status == 401
    stranger = await client_for(login=shelf.story.stranger)
    assert (await stranger.get(shelf.page)).status in (403, 404)
    nobody = source.rpartition("/")[0] + "/0000000000000000"
    assert (await archivist.get(nobody)).status == 404
    assert (await archivist.get(shelf.page.replace(shelf.recording.id, "0" * 16))).status == 404
    assert await shelf.journalled("recording_played") == []


async def test_what_was_opened_half_a_day_ago_has_to_be_opened_again(shelf: Shelf) -> None:
    actor, case_id = shelf.story.archivist.actor(), shelf.story.case.id
    playback, _ = await shelf.database.write(lambda db: open_recording(db, actor, case_id, shelf.recording.id))
    part = (await shelf.parts())[0]
    async with shelf.database.read() as db:
        await film_of(db, shelf.settings, actor, playback.id, part.id)
        with clock.shifted(timedelta(hours=12, minutes=1)), pytest.raises(NotFound, match="recording_not_found"):
            await film_of(db, shelf.settings, actor, playback.id, part.id)


async def test_a_protected_case_asks_for_the_reason_first(shelf: Shelf, client_for: ClientFor) -> None:
    story = shelf.story
    pair = story.mother.person.id, story.father.person.id
    await shelf.database.write(lambda db: protect(db, story.worker.actor(), *pair, "人身安全保护令"))
    browser = await client_for(login=story.archivist)
    answer = await browser.get(shelf.page)
    assert "timeline" not in await answer.text()
    assert await shelf.journalled("recording_played") == []
    await browser.post(f"/archive/{story.case.id}/open", data={"reason": "法院调卷核对"})
    assert len(await sources(browser, shelf.page)) == 3


async def test_what_was_tampered_with_afterwards_is_not_played(shelf: Shelf, client_for: ClientFor) -> None:
    browser = await client_for(login=shelf.story.archivist)
    first, _screen, second = await sources(browser, shelf.page)
    part = next(part for part in await shelf.parts() if part.id in first["source"])
    path = path_of(shelf.settings.data_dir, part)
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    path.write_bytes(sealed)
    answer = await browser.get(first["source"])
    with pytest.raises(ClientError):
        await answer.read()
    path.unlink()
    answer = await browser.get(first["source"], headers={"Accept": "application/json"})
    assert answer.status == 503
    assert (await answer.json())["error"]["code"] == "recording_lost"
    assert (await browser.get(second["source"])).status == 200


async def test_a_new_master_key_opens_everything_and_the_old_one_goes(shelf: Shelf) -> None:
    keys, before = shelf.settings.keys, await shelf.parts()
    contents = [await shelf.whole(part) for part in before]
    assert await shelf.database.write(rotate) == 4
    after = await shelf.parts()
    assert {part.master for part in after} == {2}
    assert not {part.wrapped_key for part in after} & {part.wrapped_key for part in before}
    assert [await shelf.whole(part) for part in after] == contents
    await shelf.database.write(lambda db: forget_unused(db, now() - timedelta(days=1)))
    assert numbers(keys) == {1, 2}  # somebody may just be using it
    await shelf.database.write(lambda db: forget_unused(db, now() + timedelta(days=1)))
    assert numbers(keys) == {2}
    assert [await shelf.whole(part) for part in after] == contents
    (keys / "recordings-2.key").rename(keys / "elsewhere")
    with pytest.raises(Exception, match="recording_key_lost"):
        await shelf.whole(after[0])
    with pytest.raises(Exception, match="recording_key_lost"):
        await shelf.database.write(rotate)


async def test_the_command_that_changes_the_master_key(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATA_DIR", str(shelf.settings.data_dir))

    def command() -> None:
        with pytest.raises(SystemExit) as ended:
            main(["recordings", "rotate-key"])
        assert ended.value.code == 0

    await asyncio.to_thread(command)
    assert "4 keys" in capsys.readouterr().out
    assert {part.master for part in await shelf.parts()} == {2}


async def test_when_its_time_is_over_nothing_of_it_is_left(shelf: Shelf, client_for: ClientFor) -> None:
    folder = shelf.settings.data_dir / "recordings" / shelf.recording.id
    browser = await client_for(login=shelf.story.archivist)
    source = (await sources(browser, shelf.page))[0]["source"]
    await erase_recordings(browser.app)
    assert folder.exists()
    old = now() - timedelta(days=shelf.settings.recording_keep_days + 1)
    await shelf.database.write(lambda db: db.execute(update(Recording).values(ended_at=old)))
    await erase_recordings(browser.app)
    assert not folder.exists()
    assert {(part.wrapped_key, part.contents) for part in await shelf.parts()} == {("", None)}
    assert [entry.subject for entry in await shelf.journalled("recording_erased")] == [shelf.recording.id]
    assert (await browser.get(shelf.page)).status == 410
    assert (await browser.get(source)).status == 410
    text = await (await browser.get(f"/archive/{shelf.story.case.id}")).text()
    assert shelf.page not in text
    assert "到期已删除" in text
    await erase_old(shelf.database, shelf.settings.data_dir, 1)
    assert len(await shelf.journalled("recording_erased")) == 1


async def test_a_longer_time_that_is_set_later_is_not_what_people_agreed_to(shelf: Shelf) -> None:
    agreed, folder = shelf.settings.recording_keep_days, shelf.settings.data_dir / "recordings" / shelf.recording.id
    with clock.shifted(timedelta(days=agreed - 1)):
        await erase_old(shelf.database, shelf.settings.data_dir, agreed * 10)
        assert folder.exists()
    with clock.shifted(timedelta(days=agreed + 1)):
        await erase_old(shelf.database, shelf.settings.data_dir, agreed * 10)
    assert not folder.exists()


async def test_no_recording_outlasts_its_session(shelf: Shelf, client_for: ClientFor) -> None:
    browser = await client_for(login=shelf.story.archivist)
    await shelf.database.write(lambda db: db.execute(update(Recording).values(ended_at=None, ended_by=None)))
    await file_recordings(browser.app)
    async with shelf.database.read() as db:
        assert (await db.get_one(Recording, shelf.recording.id)).ended_by is End.SESSION_OVER


async def test_a_yes_to_recording_is_no_consent_to_talk_online(shelf: Shelf) -> None:
    ident, moment = shelf.story.mother.participant.id, now()

    async def lacking(subject: str) -> list[DocumentKind]:
        async def came(db: AsyncSession) -> list[DocumentKind]:
            db.add(Consent(participant_id=ident, subject=subject, text_version="x", given=True, at=moment))
            db.add(Attendance(session_id=shelf.story.session.id, participant_id=ident, came_at=moment, left_at=moment))
            await db.flush()
            case = await db.get_one(CaseFile, shelf.story.case.id)
            return (await lacking_of(db, [case]))[case.id]

        return await shelf.database.write(came)

    assert DocumentKind.CONSENTS in await lacking(SUBJECT)
    async with shelf.database.read() as db:
        told = await consents(db, await db.get_one(CaseFile, shelf.story.case.id), shelf.settings)
    assert "录音录像" in str(told)


async def test_the_case_page_says_that_it_exists(shelf: Shelf, client_for: ClientFor) -> None:
    browser = await client_for(login=shelf.story.mediator)
    text = await (await browser.get(f"/cases/{shelf.story.case.id}")).text()
    assert 'id="recordings"' in text
    assert "/recordings/" not in text


async def test_a_shared_screen_is_a_film_of_its_own(shelf: Shelf, client_for: ClientFor) -> None:
    browser = await client_for(login=shelf.story.archivist)
    mother, screen, _ = await sources(browser, shelf.page)
    assert screen["offset"] == mother["offset"]
    ((begins, ends),) = screen["camera"]
    assert 1900 < begins < 2500
    assert abs(ends - 6000) < 100  # it counts as shared for some seconds more, a still screen is sent seldom
    frames = pictures(await (await browser.get(screen["source"])).read())
    shown = [frame for frame in frames if frame.at > begins / 1000 + 0.05]
    assert len(shown) > 5
    assert all(frame.size == (320, 180) for frame in shown)
    assert all(
        abs(one - other) < 60 for frame in shown for one, other in zip(frame.colour, LOOKS["judge"][0], strict=True)
    )
    text = await (await browser.get(shelf.page)).text()
    assert text.count("共享的屏幕") == 1
