"""Minutes are written by several at once, nobody's words are lost, and final is final."""

import asyncio
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.cases.models import CaseFile, CaseState
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.documents.store import fetch
from mediation.errors import Conflict, Invalid, NotAllowed, NotFound
from mediation.i18n.moments import clock
from mediation.journal.models import JournalEntry
from mediation.live.models import Attendance
from mediation.minutes.filing import file_minutes, file_pdfs, finish
from mediation.minutes.kinds import Part
from mediation.minutes.models import Minutes
from mediation.minutes.queries import parts_of
from mediation.minutes.writing import write_part
from mediation.recordings.models import Recording
from mediation.sessions.kinds import SessionState
from mediation.sessions.models import IdentityCheck, MediationSession
from mediation.sessions.states import start
from tests.story import Member, Story

StoryOn = tuple[Database, Story]


async def write(
    database: Database, story: Story, settings: Settings, part: Part, version: int, text: str, by: Member | None = None
) -> int:
    """Save a part as the mediator, or as somebody else."""
    actor = (by or story.mediator).actor()
    return await database.write(
        lambda db: write_part(db, actor, story.session.id, part, version, text, settings=settings)
    )


async def held(database: Database, story: Story) -> None:
    """The session was held: mother and mediator were there, the father came twice."""
    begin = now() - timedelta(minutes=50)

    async def unit(db: AsyncSession) -> None:
        await db.execute(
            update(MediationSession)
            .where(MediationSession.id == story.session.id)
            .values(state=SessionState.ENDED, started_at=begin, ended_at=begin + timedelta(minutes=45))
        )
        for guest, stays in ((story.mother, [(0, 45)]), (story.father, [(2, 10), (12, None)])):
            for came, left in stays:
                left_at = None if left is None else begin + timedelta(minutes=left)
                db.add(
                    Attendance(
                        session_id=story.session.id,
                        participant_id=guest.participant.id,
                        came_at=begin + timedelta(minutes=came),
                        left_at=left_at,
                    )
                )
            db.add(
                IdentityCheck(
                    participant_id=guest.participant.id,
                    document="identity_card",
                    confirmed_by_staff_id=story.mediator.staff.id,
                    confirmed_at=begin,
                )
            )

    await database.write(unit)


async def text_of(database: Database, story: Story, part: Part) -> str:
    """What is saved in this part."""
    async with database.read() as db:
        return (await parts_of(db, story.session.id))[part].text


async def test_parts_are_saved_one_by_one(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    assert await write(database, story, settings, Part.FACTS, 0, "双方有一个孩子。") == 1
    assert await write(database, story, settings, Part.FACTS, 1, "双方有一个孩子,八岁。") == 2
    assert await write(database, story, settings, Part.COURSE, 0, "先单独谈。", by=story.worker) == 1
    assert await write(database, story, settings, Part.FACTS, 1, "双方有一个孩子,八岁。") == 2  # already there
    async with database.read() as db:
        parts = await parts_of(db, story.session.id)
    assert {part: row.text for part, row in parts.items() if row.text} == {
        Part.FACTS: "双方有一个孩子,八岁。", Part.COURSE: "先单独谈。",
    }  # fmt: skip


async def test_who_was_slower_is_told_and_nothing_is_overwritten(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    await write(database, story, settings, Part.FACTS, 0, "第一句")
    await write(database, story, settings, Part.FACTS, 1, "调解员写的")
    with pytest.raises(Conflict, match="minutes_changed"):
        await write(database, story, settings, Part.FACTS, 1, "妇联写的", by=story.worker)
    assert await text_of(database, story, Part.FACTS) == "调解员写的"


async def test_eight_writers_at_once_one_wins(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    results = await asyncio.gather(
        *(write(database, story, settings, Part.FACTS, 0, f"写法{number}") for number in range(8)),
        return_exceptions=True,
    )
    assert sorted(str(result) for result in results) == ["1"] + ["minutes_changed"] * 7


@pytest.mark.parametrize(
    ("text", "code"), [("长" * 20_001, "too_long"), ("😀", "missing_glyph"), ("\u202e反", "missing_glyph")]
)
async def test_what_can_not_be_printed_is_refused_by_name(
    sqlite: Database, story: Story, settings: Settings, text: str, code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        await write(sqlite, story, settings, Part.FACTS, 0, text)


@pytest.mark.parametrize(
    ("who", "error"), [("judge", NotAllowed), ("stranger", NotFound), ("archivist", NotAllowed), ("admin", NotAllowed)]
)
async def test_who_writes(sqlite: Database, story: Story, settings: Settings, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await write(sqlite, story, settings, Part.FACTS, 0, "写", by=getattr(story, who))


async def test_final_minutes_hold_attendance_and_do_not_change(
    story_on: StoryOn, settings: Settings, tmp_path: Path
) -> None:
    database, story = story_on
    actor = story.mediator.actor()
    with pytest.raises(Conflict, match="session_not_held"):
        await database.write(lambda db: finish(db, actor, story.session.id, settings=settings))
    await write(database, story, settings, Part.FACTS, 0, '双方有一个孩子。\n#panic("x") <b>')
    await held(database, story)
    digest = await file_minutes(database, settings, actor, story.session.id)
    assert await file_minutes(database, settings, actor, story.session.id) == digest
    with pytest.raises(Conflict, match="minutes_final"):
        await write(database, story, settings, Part.FACTS, 1, "改")
    (tmp_path / "m.pdf").write_bytes(fetch(settings.data_dir, digest))
    told = subprocess.run(["pdftotext", "-layout", tmp_path / "m.pdf", "-"], check=True, capture_output=True, text=True)
    expected = (
        "调解笔录",
        "王芳",
        "林国栋",
        "身份证",
        '#panic("x") <b>',
        "没有到场",
        "面对面",
        "潘秀兰",
        "本次调解没有录音录像",
    )
    assert [each for each in expected if each not in told.stdout] == []
    for person in (story.mother.person, story.father.person):
        assert str(person.phone) not in told.stdout
        assert str(person.address) not in told.stdout
    async with database.read() as db:
        minutes = await db.get_one(Minutes, story.session.id)
        assert minutes.final_at is not None
        assert minutes.pdf_sha256 == digest
        finals = await db.scalars(select(JournalEntry).where(JournalEntry.action == "minutes_final"))
        assert len(finals.all()) == 1


async def test_minutes_become_final_when_everybody_has_left(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    actor = story.mediator.actor()
    await database.write(lambda db: start(db, actor, story.session.id))
    with pytest.raises(Conflict, match="session_not_held"):
        await file_minutes(database, settings, actor, story.session.id)


async def test_in_a_closed_case_nothing_is_written_any_more(story_on: StoryOn, settings: Settings) -> None:
    """Not even the minutes of a consultation that had none when the papers were filed."""
    database, story = story_on
    await held(database, story)
    await database.write(lambda db: db.execute(update(CaseFile).values(state=CaseState.CLOSED)))
    with pytest.raises(Conflict, match="case_closed"):
        await write(database, story, settings, Part.FACTS, 0, "补写")
    with pytest.raises(Conflict, match="case_closed"):
        await file_minutes(database, settings, story.mediator.actor(), story.session.id)
    async with database.read() as db:
        assert await db.get(Minutes, story.session.id) is None


async def test_minutes_say_what_was_recorded_and_nobody_stays_longer_than_the_session(
    story_on: StoryOn, settings: Settings
) -> None:
    database, story = story_on
    await held(database, story)

    async def happen(db: AsyncSession) -> None:
        session = await db.get_one(MediationSession, story.session.id)
        assert session.started_at is not None
        assert session.ended_at is not None
        for began, ended in ((5, 20), (30, None)):
            until = None if ended is None else session.started_at + timedelta(minutes=ended)
            db.add(
                Recording(
                    session_id=session.id, case_id=session.case_id, started_by_staff_id=story.mediator.staff.id,
                    started_at=session.started_at + timedelta(minutes=began), ended_at=until,
                )
            )  # fmt: skip
        late = session.ended_at + timedelta(minutes=9)
        hers = update(Attendance).where(Attendance.participant_id == story.mother.participant.id)
        await db.execute(hers.values(left_at=late))
        final = await finish(db, story.mediator.actor(), session.id, settings=settings)
        assert final.content is not None
        marks = [session.started_at + timedelta(minutes=minute) for minute in (5, 20, 30, 45, 0)]
        told = {row["name"]: row["times"] for row in final.content["attendance"]}
        five, twenty, thirty, end, begin = (clock(mark, settings.zone, False) for mark in marks)
        assert told["王芳"] == f"{begin} – {end}"
        assert final.content["recorded"] == f"经在场的人都同意，{five}–{twenty}、{thirty}–{end}有录音录像。"

    await database.write(happen)


async def test_minutes_that_nobody_wrote_are_filed_too(sqlite: Database, story: Story, settings: Settings) -> None:
    await held(sqlite, story)
    assert len(await file_minutes(sqlite, settings, story.mediator.actor(), story.session.id)) == 64


async def test_what_a_crash_left_over_is_made_by_the_job(sqlite: Database, story: Story, settings: Settings) -> None:
    await held(sqlite, story)
    await sqlite.write(lambda db: finish(db, story.mediator.actor(), story.session.id, settings=settings))
    await file_pdfs(sqlite, settings)
    async with sqlite.read() as db:
        digest = (await db.get_one(Minutes, story.session.id)).pdf_sha256
    assert digest is not None
    assert fetch(settings.data_dir, digest).startswith(b"%PDF-")


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_pages(client_for: Any, sqlite: Database, story: Story, settings: Settings, lang: str) -> None:
    desk, judge = await client_for(login=story.mediator), await client_for(login=story.judge)
    url = f"/sessions/{story.session.id}/minutes"
    for browser in (desk, judge):
        browser.session.cookie_jar.update_cookies({"lang": lang}, browser.make_url("/"))

    async def look() -> None:
        for browser, address in ((desk, url), (desk, f"{url}/panel"), (judge, url), (desk, f"/cases/{story.case.id}")):
            assert (await browser.get(address)).status == 200, address

    await look()
    assert (await desk.post(f"{url}/parts/facts", data={"version": 0, "text": "一\r\n二"})).status == 200
    await look()
    assert await text_of(sqlite, story, Part.FACTS) == "一\n二"
    assert (await judge.post(f"{url}/parts/facts", data={"version": 1, "text": "法官"})).status == 403
    assert (await desk.get(f"{url}.pdf")).status == 404
    await held(sqlite, story)
    assert (await desk.post(f"{url}/finish")).status == 200
    await look()
    document = await judge.get(f"{url}.pdf")
    assert (document.status, document.content_type) == (200, "application/pdf")
    async with sqlite.read() as db:
        taken = (await db.scalars(select(JournalEntry).where(JournalEntry.action == "minutes_downloaded"))).one()
    assert (taken.actor, taken.case_id, taken.subject) == (story.judge.actor().key, story.case.id, story.session.id)


async def test_a_script_gets_both_texts(client_for: Any, story: Story, settings: Settings) -> None:
    desk, url = await client_for(login=story.mediator), f"/sessions/{story.session.id}/minutes/parts"
    ask = {"headers": {"Accept": "application/json"}}
    saved = await desk.post(f"{url}/facts", json={"version": 0, "text": " 一 "}, **ask)
    assert await saved.json() == {"version": 1}
    refused = await desk.post(f"{url}/facts", json={"version": 0, "text": "二"}, **ask)
    body = await refused.json()
    assert (refused.status, body["error"]["code"], body["there"]) == (
        409, "minutes_changed", {"version": 1, "text": " 一 "},
    )  # fmt: skip
    emptied = await desk.post(f"{url}/facts", json={"version": 1, "text": ""}, **ask)
    assert await emptied.json() == {"version": 2}
    for bad in ({"version": "x", "text": "二"}, {"text": "二"}, {"version": 1, "text": [1]}, [1]):
        answer = await desk.post(f"{url}/facts", json=bad, **ask)
        assert answer.status == 422, bad
    assert (await desk.post(f"{url}/other", json={"version": 0, "text": "二"}, **ask)).status == 404


async def test_without_scripts_both_texts_are_in_the_box(client_for: Any, story: Story, settings: Settings) -> None:
    desk, url = await client_for(login=story.mediator), f"/sessions/{story.session.id}/minutes/parts/facts"
    await desk.post(url, data={"version": 0, "text": "他们写的"})
    refused = await desk.post(url, data={"version": 0, "text": "我写的"})
    text = await refused.text()
    assert refused.status == 409
    assert "他们写的\n\n我写的</textarea>" in text
