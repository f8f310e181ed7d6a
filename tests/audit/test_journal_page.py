"""Who may read the journal, which entries, and how they are narrowed."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

import mediation
from mediation.accounts.login import log_in
from mediation.actor import SYSTEM
from mediation.audit.queries import PAGE, Filter, colleagues, journal_page
from mediation.audit.wording import ACTIONS
from mediation.db import Database
from mediation.errors import Invalid, NotAllowed
from mediation.journal.models import JournalEntry
from mediation.journal.record import record
from tests.story import Story

Told = tuple[Database, Story]
Browser = TestClient  # type: ignore[type-arg]
Browsers = Callable[..., Awaitable[Browser]]


async def happen(database: Database, story: Story) -> None:
    async def unit(db: AsyncSession) -> None:
        record(db, story.worker.actor(), "person_added", subject="p1")
        record(db, story.mediator.actor(), "note_added", case_id=story.case.id, subject="n1")
        record(db, story.judge.actor(), "advice_given", case_id=story.case.id, subject="s1")
        record(db, story.mother.actor(), "agreement_signed", case_id=story.case.id, version=2)
        record(db, story.stranger.actor(), "person_added", subject="p2")
        record(db, story.stranger.actor(), "case_registered", case_id="elsewhere", subject="c2")
        record(db, SYSTEM, "agreement_filed", case_id=story.case.id)

    await database.write(unit)
    for username in ("pan", "qian", "nobody"):
        with pytest.raises(Invalid):
            await log_in(database, username, "wrong")


async def read(database: Database, story: Story, wanted: Filter = Filter()) -> list[tuple[str | None, str]]:  # noqa: B008
    async with database.read() as db:
        lines, _ = await journal_page(db, story.admin.actor(), wanted)
    return [(line.who, line.action) for line in reversed(lines)]


async def test_what_the_organisation_is_answerable_for_is_read(story_on: Told) -> None:
    database, story = story_on
    await happen(database, story)
    assert await read(database, story) == [
        ("周敏", "person_added"),
        ("潘秀兰", "note_added"),
        ("陈立", "advice_given"),
        ("王女士", "agreement_signed"),
        (None, "agreement_filed"),
        (None, "login_refused"),
        (None, "login_refused"),
    ]
    async with database.read() as db:
        assert [name for _, name in await colleagues(db, story.admin.actor())] == sorted(
            ["吴强", "周敏", "潘秀兰", "郑洁"]
        )


@pytest.mark.parametrize(
    ("wanted", "actions"),
    [
        (Filter(case="0318"), ["note_added", "advice_given", "agreement_signed", "agreement_filed"]),
        (Filter(case="%"), []),
        (Filter(action="note_added"), ["note_added"]),
        (Filter(actor="system"), ["agreement_filed", "login_refused", "login_refused"]),
        (Filter(case="0318", actor="system"), ["agreement_filed"]),
        (Filter(action="case_registered"), []),
    ],
)
async def test_it_is_narrowed(story_on: Told, wanted: Filter, actions: list[str]) -> None:
    database, story = story_on
    await happen(database, story)
    assert [action for _, action in await read(database, story, wanted)] == actions


async def test_only_administrators_and_archivists_read_it(story_on: Told) -> None:
    database, story = story_on
    async with database.read() as db:
        await journal_page(db, story.archivist.actor(), Filter())
        for member in (story.mediator, story.judge, story.worker, story.stranger):
            with pytest.raises(NotAllowed):
                await journal_page(db, member.actor(), Filter())


async def test_it_has_pages(sqlite: Database, story: Story) -> None:
    async def unit(db: AsyncSession) -> None:
        for step in range(PAGE + 1):
            record(db, story.admin.actor(), "staff_added", step=step)

    await sqlite.write(unit)
    async with sqlite.read() as db:
        first, pages = await journal_page(db, story.admin.actor(), Filter())
        second, _ = await journal_page(db, story.admin.actor(), Filter(), 2)
    assert (pages, [line.data["step"] for line in first], [line.data["step"] for line in second]) == (
        2,
        list(range(PAGE, 0, -1)),
        [0],
    )


async def test_the_page_says_whether_the_chain_holds(client_for: Browsers, sqlite: Database, story: Story) -> None:
    await happen(sqlite, story)
    browser = await client_for(login=story.admin)
    text = await (await browser.get("/journal?case=0318&action=&actor=&page=1")).text()
    assert "王女士" in text
    assert "签了协议" in text
    assert "全部 10 条都对得上" in await (await browser.post("/journal/verify")).text()

    async def tamper(db: AsyncSession) -> None:
        await db.execute(update(JournalEntry).where(JournalEntry.seq == 3).values(action="never"))

    await sqlite.write(tamper)
    assert "第 3 条对不上：内容被改过" in await (await browser.post("/journal/verify")).text()


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=99999999999", "action=<script>", "actor=" + "x" * 5000]
)
async def test_hostile_queries_are_read_as_nothing(client_for: Browsers, story: Story, query: str) -> None:
    answer = await (await client_for(login=story.admin)).get(f"/journal?{query}")
    assert answer.status == 200
    assert "<script>" not in (await answer.text()).split("<main")[1].split("</main")[0]


def test_every_action_has_a_word() -> None:
    source = "\n".join(path.read_text() for path in Path(mediation.__file__).parent.rglob("*.py"))
    recorded = set(re.findall(r'\brecord\(\s*\w+,\s*[^,"]+(?:\([^)]*\))?,\s*"(\w+)"', source))
    assert len(recorded) > 20
    assert recorded - set(ACTIONS) == set()
