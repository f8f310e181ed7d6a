"""The document of an agreement: made once, whole or not at all, and made again by nobody."""

import asyncio
import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from mediation.agreements.filing import file_pdf, file_pdfs
from mediation.agreements.kinds import AgreementState
from mediation.config import Settings
from mediation.db import Database
from mediation.documents.store import fetch
from mediation.errors import Unavailable
from mediation.journal.models import JournalEntry
from tests.agreements.steps import agree, code_of, offered, reread, sign, submit
from tests.story import Story

StoryOn = tuple[Database, Story]


async def in_effect(database: Database, story: Story, settings: Settings) -> str:
    """An agreement in effect without its document, as after a crash; gives its id."""
    agreement = await offered(database, story, settings)
    for guest in (story.mother, story.father):
        await sign(database, guest, agreement)
    return agreement.id


async def filed(database: Database) -> list[str]:
    """The hashes of documents that the journal names."""
    async with database.read() as db:
        entries = await db.scalars(select(JournalEntry).where(JournalEntry.action == "agreement_filed"))
        return [entry.data["sha256"] for entry in entries]


async def test_many_who_ask_at_once_get_the_same_document(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    agreement_id = await in_effect(database, story, settings)
    hashes = await asyncio.gather(*(file_pdf(database, settings, agreement_id) for _ in range(4)))
    assert len(set(hashes)) == 1
    content = fetch(settings.data_dir, hashes[0])
    assert hashlib.sha256(content).hexdigest() == hashes[0] == (await reread(database, story)).pdf_sha256
    assert await filed(database) == [hashes[0]]
    assert len([path for path in (settings.data_dir / "documents").rglob("*") if path.is_file()]) == 1


async def test_the_job_makes_what_a_crash_left_over(story_on: StoryOn, settings: Settings) -> None:
    database, story = story_on
    await in_effect(database, story, settings)
    assert (await reread(database, story)).pdf_sha256 is None
    await file_pdfs(database, settings)
    digest = (await reread(database, story)).pdf_sha256
    assert digest is not None
    await file_pdfs(database, settings)
    assert await filed(database) == [digest]


async def test_the_document_shows_the_drawn_name_as_lines(
    sqlite: Database, story: Story, settings: Settings, tmp_path: Path
) -> None:
    digest = await file_pdf(sqlite, settings, await in_effect(sqlite, story, settings))
    (tmp_path / "a.pdf").write_bytes(fetch(settings.data_dir, digest))
    images = subprocess.run(["pdfimages", "-list", tmp_path / "a.pdf"], check=True, capture_output=True, text=True)
    assert images.stdout.splitlines()[2:] == []  # strokes are paths, not pictures
    subprocess.run(["pdftoppm", "-r", "40", "-gray", tmp_path / "a.pdf", tmp_path / "page"], check=True)
    assert list(tmp_path.glob("page*.pgm"))


async def test_a_signature_counts_even_when_the_press_does_not_work(
    client_for: Any, sqlite: Database, story: Story, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement = await offered(sqlite, story, settings)
    await sign(sqlite, story.mother, agreement)
    await agree(sqlite, story.father, agreement)
    await submit(sqlite, story.father, agreement)
    phone, base = await client_for(way=story.father), f"/i/{story.father.invitation.id}/agreement"

    async def broken(*_: object, **__: object) -> bytes:
        raise Unavailable("typesetting", "The document can't be made right now.")

    with monkeypatch.context() as press:
        press.setattr("mediation.agreements.filing.typeset", broken)
        code = await code_of(sqlite, story.father)
        answer = await phone.post(f"{base}/code", data={"version": 2, "code": code})
        assert (answer.status, (await reread(sqlite, story)).state) == (200, AgreementState.EFFECTIVE)
        assert (await phone.get(f"/i/{story.father.invitation.id}/agreement.pdf")).status == 503
    assert (await phone.get(f"/i/{story.father.invitation.id}/agreement.pdf")).status == 200
