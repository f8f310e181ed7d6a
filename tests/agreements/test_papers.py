"""The papers on a personal link: every agreement in effect that its person signs, also while another is being written."""

from dataclasses import replace
from typing import Any

from sqlalchemy import update

from mediation.actor import ParticipantActor
from mediation.agreements.drafting import start_agreement
from mediation.agreements.papers import agreement_papers
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.sessions.models import Participant
from tests.agreements.steps import taken_effect
from tests.story import Guest, Story


async def papers(database: Database, guest: Guest, story: Story) -> list[tuple[str, str, str]]:
    """Label, address and note of each paper."""
    actor: ParticipantActor = replace(guest.actor(), case_id=story.case.id)
    async with database.read() as db:
        return [(paper.label, paper.href, paper.note) for paper in await agreement_papers(db, actor)]


async def test_each_agreement_is_downloaded_by_the_own_link(
    client_for: Any, sqlite: Database, story: Story, settings: Settings
) -> None:
    await story.identify(sqlite)
    base, phone = f"/i/{story.mother.invitation.id}", await client_for(way=story.mother)
    first = await taken_effect(sqlite, story, settings)
    page, document = ("协议", f"{base}/agreement", "已经生效"), f"{base}/agreements/{first.id}.pdf"
    assert await papers(sqlite, story.mother, story) == [page, ("协议 PDF", document, "")]
    second = await taken_effect(sqlite, story, settings)
    other = f"{base}/agreements/{second.id}.pdf"
    assert await papers(sqlite, story.mother, story) == [
        page, ("协议 PDF", document, first.number), ("协议 PDF", other, second.number),
    ]  # fmt: skip
    contents = [await (await phone.get(address)).read() for address in (document, other, f"{base}/agreement.pdf")]
    assert contents[0] != contents[1] == contents[2]
    assert (await phone.get(f"{base}/agreements/none.pdf")).status == 404
    stranger = await client_for(way=story.father)
    assert (await stranger.get(document)).status == 401


async def test_who_is_no_longer_asked_keeps_what_they_signed(
    sqlite: Database, story: Story, settings: Settings
) -> None:
    await story.identify(sqlite)
    agreement = await taken_effect(sqlite, story, settings)
    await sqlite.write(lambda db: start_agreement(db, story.mediator.actor(), story.case.id, "empty"))
    draft, *kept = await papers(sqlite, story.father, story)
    assert (draft[0], draft[2]) == ("协议草稿", "正在写，还没定")
    assert [paper[1] for paper in kept] == [f"/i/{story.father.invitation.id}/agreements/{agreement.id}.pdf"]
    his = update(Participant).where(Participant.id == story.father.participant.id)
    await sqlite.write(lambda db: db.execute(his.values(removed_at=now())))
    assert await papers(sqlite, story.father, story) == kept
