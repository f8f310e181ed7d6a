"""Search: the same on both databases as a plain scan of the texts."""

import random
from collections import Counter
from datetime import date
from functools import cache

import pytest
from sqlalchemy import select

from mediation.archive.bigrams import normalised, words_of
from mediation.archive.models import ArchiveEntry
from mediation.archive.searching import PER_PAGE, Found, Wanted, search
from mediation.cases.models import CaseFile, DisputeKind, Outcome
from mediation.config import Settings
from mediation.db import Database
from mediation.errors import NotAllowed
from tests.archive.cases import write_cases
from tests.story import Story

Archive = tuple[Database, Story, list[tuple[ArchiveEntry, CaseFile]]]


@pytest.fixture
async def archive(story_on: tuple[Database, Story], settings: Settings) -> Archive:
    database, story = story_on
    await write_cases(database, story, 300)
    return database, story, await everything(database)


async def everything(database: Database) -> list[tuple[ArchiveEntry, CaseFile]]:
    async with database.read() as db:
        rows = await db.execute(select(ArchiveEntry, CaseFile).join(CaseFile, CaseFile.id == ArchiveEntry.case_id))
        return [(entry, case) for entry, case in rows]


async def found(database: Database, story: Story, settings: Settings, wanted: Wanted) -> Found:
    async with database.read() as db:
        return await search(db, story.archivist.actor(), wanted, settings)


folded = cache(normalised)


def scanned(rows: list[tuple[ArchiveEntry, CaseFile]], *words: str) -> list[CaseFile]:
    """What a plain scan of all texts finds, the last closed first."""
    hits = [
        (case, entry)
        for entry, case in rows
        if all(any(word in folded(part["text"]) for part in entry.parts) for word in map(normalised, words))
    ]
    return [case for case, _entry in sorted(hits, key=lambda hit: hit[0].serial, reverse=True)]


async def test_every_two_character_name_of_2000_cases_is_found(
    story_on: tuple[Database, Story], settings: Settings
) -> None:
    database, story = story_on
    names = await write_cases(database, story, 2000)
    rows = await everything(database)
    assert len(rows) == 2000
    short = sorted({name for pair in names for name in pair if len(name) == 2})
    assert len(short) > 300
    async with database.read() as db:
        for name in short:
            got = await search(db, story.archivist.actor(), Wanted((name,)), settings)
            expected = scanned(rows, name)
            assert expected
            assert (got.count, [case.id for _entry, case in got.rows]) == (
                len(expected),
                [case.id for case in expected[:PER_PAGE]],
            )


QUERIES = [
    "探望", "探望 接送", "抚养费,对方", "青家调1007", "(2026)青家调1007号", "（２０２６）青家调１００７号", "王", "三天", "三 天",
    "没有这样的话", "两次,寒暑假", "%", "_", '"', "'; DROP TABLE", '探望" OR "1', "𠮷野", "望接", "NEAR(1)", "*", "",
]  # fmt: skip


async def test_any_words_give_what_a_scan_gives(archive: Archive, settings: Settings) -> None:
    database, story, rows = archive
    for query in QUERIES:
        got = await found(database, story, settings, Wanted(tuple(words_of(query))))
        expected = scanned(rows, *query.split())
        assert [case.id for _entry, case in got.rows] == [case.id for case in expected[:PER_PAGE]], query
        assert got.count == len(expected), query


async def test_random_pieces_of_texts_are_found(archive: Archive, settings: Settings) -> None:
    database, story, rows = archive
    chance = random.Random(8)
    for _ in range(60):
        entry, case = chance.choice(rows)
        text = chance.choice(entry.parts)["text"]
        start = chance.randrange(len(text) - 1)
        words = words_of(text[start : start + chance.randint(2, 9)])
        got = await found(database, story, settings, Wanted(tuple(words)))
        assert got.count == len(scanned(rows, *words)) > 0, (text, words, case.number)


async def test_a_word_is_never_found_across_two_texts(archive: Archive, settings: Settings) -> None:
    database, story, rows = archive
    entry = rows[0][0]
    first, second = (normalised(part["text"]) for part in entry.parts[:2])
    got = await found(database, story, settings, Wanted((first[-2:] + second[:2],)))
    assert got.count == 0


async def test_filters_narrow_and_their_counts_are_what_they_would_give(archive: Archive, settings: Settings) -> None:
    database, story, rows = archive
    cases = [case for _entry, case in rows]
    wanted = Wanted(
        ("探望",), kinds=frozenset({DisputeKind.VISITING, DisputeKind.CUSTODY}), outcomes=frozenset({Outcome.AGREED})
    )
    got = await found(database, story, settings, wanted)
    with_word = [case for case in cases if "探望" in case.summary]
    of_kind = [case for case in with_word if case.dispute_kind in wanted.kinds]
    of_outcome = [case for case in with_word if case.outcome in wanted.outcomes]
    assert got.count == len([case for case in of_kind if case in of_outcome])
    assert got.by_outcome == Counter(case.outcome for case in of_kind)
    assert got.by_kind == Counter(case.dispute_kind for case in of_outcome)
    assert got.by_completeness == {False: got.count}


async def test_days_are_local_and_inclusive(archive: Archive, settings: Settings) -> None:
    database, story, rows = archive
    day = date(2026, 1, 20)
    got = await found(database, story, settings, Wanted(since=day, until=day))
    local = [case for _entry, case in rows if case.closed_at and case.closed_at.astimezone(settings.zone).date() == day]
    assert got.count == len(local) == 6


async def test_pages_follow_each_other(archive: Archive, settings: Settings) -> None:
    database, story, rows = archive
    seen: list[str] = []
    first = await found(database, story, settings, Wanted())
    for number in range(1, first.pages + 1):
        got = await found(database, story, settings, Wanted(page=number))
        seen += [case.id for _entry, case in got.rows]
    assert seen == [case.id for case in scanned(rows)]


async def test_another_organisation_finds_nothing(archive: Archive, settings: Settings) -> None:
    database, story, _rows = archive
    async with database.read() as db:
        with pytest.raises(NotAllowed):
            await search(db, story.mediator.actor(), Wanted(), settings)
        theirs = story.archivist.actor().__class__(
            "x", "x", story.elsewhere.id, story.archivist.actor().roles, login_id="none"
        )
        assert (await search(db, theirs, Wanted(), settings)).count == 0
