"""Looking at closed cases: journalled, protected ones only with a reason; alterations are seen."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.accounts.models import Staff
from mediation.archive.integrity import Verdict, verdicts
from mediation.archive.models import ArchiveOpening
from mediation.archive.reading import open_protected, read_case, take_out
from mediation.cases.models import CaseDocument, Outcome
from mediation.closing.closing import close_session
from mediation.config import Settings
from mediation.db import Database
from mediation.documents.store import keep
from mediation.errors import Invalid, NotAllowed, NotFound
from mediation.journal.models import JournalEntry
from mediation.sessions.states import start
from tests.story import Story


@pytest.fixture
async def closed(story_on: tuple[Database, Story], settings: Settings) -> tuple[Database, Story]:
    """The story's case, closed without an agreement."""
    database, story = story_on
    actor = story.mediator.actor()
    await database.write(lambda db: start(db, actor, story.session.id))
    await close_session(database, settings, actor, story.session.id, Outcome.FAILED, "谈不拢")
    return database, story


async def journalled(database: Database, action: str) -> list[tuple[str, str | None]]:
    async with database.read() as db:
        entries = await db.scalars(select(JournalEntry).where(JournalEntry.action == action))
        return [(entry.actor, entry.case_id) for entry in entries]


async def papers(database: Database) -> list[CaseDocument]:
    async with database.read() as db:
        return list(await db.scalars(select(CaseDocument).order_by(CaseDocument.id)))


async def verdict(database: Database, story: Story, settings: Settings) -> Verdict:
    async with database.read() as db:
        return (await verdicts(db, [story.case.id], settings.data_dir))[story.case.id]


async def test_reading_and_downloading_are_journalled(closed: tuple[Database, Story]) -> None:
    database, story = closed
    actor = story.archivist.actor()
    first = (await papers(database))[0]
    await database.write(lambda db: read_case(db, actor, story.case.id))
    await database.write(lambda db: take_out(db, actor, story.case.id, first.id))
    assert await journalled(database, "archive_read") == [(actor.key, story.case.id)]
    assert await journalled(database, "archive_downloaded") == [(actor.key, story.case.id)]


@pytest.mark.parametrize(("member", "error"), [("mediator", NotAllowed), ("judge", NotAllowed), ("stranger", NotFound)])
async def test_others_do_not_read_the_archive(
    sqlite: Database, story: Story, member: str, error: type[Exception]
) -> None:
    actor = getattr(story, member).actor()
    with pytest.raises(error):
        await sqlite.write(lambda db: read_case(db, actor, story.case.id))


async def test_an_open_case_is_not_in_the_archive(sqlite: Database, story: Story) -> None:
    with pytest.raises(NotFound):
        await sqlite.write(lambda db: read_case(db, story.archivist.actor(), story.case.id))


async def test_a_protected_case_asks_for_a_reason_each_half_hour(closed: tuple[Database, Story]) -> None:
    database, story = closed
    await story.protect(database)
    actor, case_id = story.archivist.actor(), story.case.id
    paper = (await papers(database))[0].id

    async def refused() -> None:
        for look in (lambda db: read_case(db, actor, case_id), lambda db: take_out(db, actor, case_id, paper)):
            with pytest.raises(NotAllowed) as refusal:
                await database.write(look)
            assert refusal.value.code == "reason_needed"

    await refused()
    for reason in ("", "  \n", "看看"):
        with pytest.raises(Invalid):
            await database.write(lambda db, reason=reason: open_protected(db, actor, case_id, reason))
    await refused()
    await database.write(lambda db: open_protected(db, actor, case_id, "法院调卷,(2026)函12号"))
    await database.write(lambda db: read_case(db, actor, case_id))
    await database.write(lambda db: take_out(db, actor, case_id, paper))
    assert await journalled(database, "protected_case_opened") == [(actor.key, case_id)]
    async with database.read() as db:
        assert [opening.reason for opening in await db.scalars(select(ArchiveOpening))] == ["法院调卷,(2026)函12号"]
    with clock.shifted(timedelta(minutes=31)):
        await refused()


async def test_a_reason_opens_it_only_for_who_wrote_it(closed: tuple[Database, Story]) -> None:
    database, story = closed
    await story.protect(database)

    async def second_archivist(db: AsyncSession) -> None:
        await db.execute(update(Staff).where(Staff.id == story.worker.staff.id).values(roles=["archivist"]))

    await database.write(second_archivist)
    story.worker.staff.roles = ["archivist"]
    await database.write(lambda db: open_protected(db, story.archivist.actor(), story.case.id, "法院调卷"))
    with pytest.raises(NotAllowed):
        await database.write(lambda db: read_case(db, story.worker.actor(), story.case.id))


async def test_an_untouched_case_is_unaltered(closed: tuple[Database, Story], settings: Settings) -> None:
    database, story = closed
    told = await verdict(database, story, settings)
    assert told.unaltered
    assert told.papers == len(await papers(database)) > 2
    assert told.entries > 3


@pytest.mark.parametrize("column", ["actor", "action", "subject", "hash", "previous_hash"])
async def test_an_altered_journal_entry_is_seen(
    closed: tuple[Database, Story], settings: Settings, column: str
) -> None:
    database, story = closed
    async with database.read() as db:
        of_case = select(JournalEntry.seq).where(JournalEntry.case_id == story.case.id)
        seqs = list(await db.scalars(of_case.order_by(JournalEntry.seq)))

    async def alter(db: AsyncSession) -> None:
        await db.execute(update(JournalEntry).where(JournalEntry.seq == seqs[1]).values({column: "f" * 64}))

    await database.write(alter)
    told = await verdict(database, story, settings)
    assert not told.unaltered
    assert told.broken_entry in (seqs[0], seqs[1])


async def test_an_altered_and_a_lost_paper_are_seen(closed: tuple[Database, Story], settings: Settings) -> None:
    database, story = closed
    first, second, *_others = await papers(database)
    paths = {path.stem: path for path in settings.data_dir.rglob("*.pdf")}
    paths[first.sha256].write_bytes(paths[first.sha256].read_bytes()[:-1] + b"x")
    paths[second.sha256].unlink()
    told = await verdict(database, story, settings)
    assert told.broken_papers == tuple(sorted((first.id, second.id)))


async def test_what_the_journal_does_not_name_is_no_paper_of_the_case(
    closed: tuple[Database, Story], settings: Settings
) -> None:
    """Also not when file and database were exchanged together, or a paper was slipped in, or taken out without a trace."""
    database, story = closed
    exchanged, gone, *_others = await papers(database)
    forged = CaseDocument(
        case_id=story.case.id, kind=exchanged.kind, title="补一份", sha256=keep(settings.data_dir, b"%PDF-1.7 forged"),
        size=15, filed_at=exchanged.filed_at,
    )  # fmt: skip

    async def forge(db: AsyncSession) -> str:
        db.add(forged)
        await db.execute(
            update(CaseDocument).where(CaseDocument.id == exchanged.id).values(sha256=keep(settings.data_dir, b"%PDF-"))
        )
        await db.execute(delete(CaseDocument).where(CaseDocument.id == gone.id))
        await db.flush()
        return forged.id

    slipped_in = await database.write(forge)
    told = await verdict(database, story, settings)
    assert told.broken_papers == tuple(sorted((exchanged.id, gone.id, slipped_in)))
