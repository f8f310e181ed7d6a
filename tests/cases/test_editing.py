"""Changing a case: description, mediator, notes, parties; what is stale or closed is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.cases.access import case_for
from mediation.cases.editing import add_note, assign, edit
from mediation.cases.models import CaseFile, CaseState, Party, PartyRole
from mediation.cases.parties import PartyEntry, add_party, refuse_relative, role_of
from mediation.cases.sharing import share, stop_sharing
from mediation.cases.timeline import timeline
from mediation.clock import now
from mediation.db import Database
from mediation.errors import Conflict, Invalid, MediationError, NotAllowed, NotFound
from tests.story import Member, Story

On = tuple[Database, Story]
Verb = Callable[[AsyncSession], Awaitable[Any]]


async def edited(database: Database, member: Member, case_id: str, summary: str, revision: int) -> CaseFile:
    return await database.write(
        lambda db: edit(
            db, member.actor(), case_id, summary=summary, source="热线", court_case_number="", revision=revision
        )
    )


async def told(database: Database, story: Story) -> list[tuple[str, str]]:
    async with database.read() as db:
        return [(event.title, event.detail) for event in await timeline(db, story.case.id)]


async def refusal(database: Database, verb: Verb) -> str:
    with pytest.raises(MediationError) as refused:
        await database.write(verb)
    return refused.value.code


async def test_an_edit_is_kept_and_told(story_on: On) -> None:
    database, story = story_on
    case = await edited(database, story.worker, story.case.id, "探望和抚养费", 0)
    assert (case.summary, case.source, case.revision) == ("探望和抚养费", "热线", 1)
    assert await told(database, story) == [("周老师改了案情", "")]


async def test_saving_what_is_there_changes_nothing(story_on: On) -> None:
    database, story = story_on
    first = await edited(database, story.worker, story.case.id, "探望和抚养费", 0)
    assert (await edited(database, story.worker, story.case.id, "探望和抚养费", first.revision)).revision == 1
    assert len(await told(database, story)) == 1


async def test_of_two_who_edit_at_once_one_is_told(story_on: On) -> None:
    database, story = story_on
    answers = await asyncio.gather(
        *(edited(database, story.worker, story.case.id, f"第{number}个人写的", 0) for number in range(6)),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, Conflict)]
    assert [answer.code for answer in refused] == ["case_changed"] * 5
    assert sum(isinstance(answer, CaseFile) for answer in answers) == 1


async def test_the_mediator_is_named_among_those_of_the_organisations_that_work_on_it(story_on: On) -> None:
    database, story = story_on
    worker, case_id = story.worker.actor(), story.case.id
    foreign = story.stranger.staff.id
    assert await refusal(database, lambda db: assign(db, worker, case_id, foreign)) == "not_a_mediator"
    assert await refusal(database, lambda db: assign(db, worker, case_id, story.judge.staff.id)) == "not_a_mediator"
    await database.write(lambda db: share(db, worker, case_id, story.elsewhere.id))
    assert (await database.write(lambda db: assign(db, worker, case_id, foreign))).mediator_staff_id == foreign
    assert await told(database, story) == [("钱调解员担任调解员", ""), ("和远山县人民调解委员会共享案卷", "")]
    stop = await refusal(database, lambda db: stop_sharing(db, worker, case_id, story.elsewhere.id))
    assert stop == "mediator_from_there"


async def test_who_names_the_mediator_after_somebody_else_did_is_told(story_on: On) -> None:
    database, story = story_on
    worker, case_id = story.worker.actor(), story.case.id
    pan, foreign = story.mediator.staff.id, story.stranger.staff.id
    await database.write(lambda db: share(db, worker, case_id, story.elsewhere.id))
    await database.write(lambda db: assign(db, worker, case_id, foreign, pan))
    for seen in (pan, ""):  # the form was shown before
        assert await refusal(database, lambda db, of=seen: assign(db, worker, case_id, pan, of)) == "case_changed"
    same = await database.write(lambda db: assign(db, worker, case_id, foreign, pan))
    assert same.mediator_staff_id == foreign, "both named the same"
    assert (await database.write(lambda db: assign(db, worker, case_id, pan, foreign))).mediator_staff_id == pan


async def test_a_suspended_mediator_is_not_named(story_on: On) -> None:
    database, story = story_on

    async def suspend(db: AsyncSession) -> None:
        await db.execute(update(Staff).where(Staff.id == story.mediator.staff.id).values(suspended_at=now()))

    await database.write(suspend)
    code = await refusal(database, lambda db: assign(db, story.worker.actor(), story.case.id, story.mediator.staff.id))
    assert code == "not_a_mediator"


async def test_a_party_is_not_the_mediator(story_on: On) -> None:
    database, story = story_on

    async def join(db: AsyncSession) -> None:
        db.add(Party(case_id=story.case.id, person_id=story.mediator.person.id, role=PartyRole.RESPONDENT))

    await database.write(join)
    code = await refusal(database, lambda db: assign(db, story.worker.actor(), story.case.id, story.mediator.staff.id))
    assert code == "mediator_is_party"


async def test_a_note_stands_in_the_timeline_and_not_in_the_journal(story_on: On) -> None:
    database, story = story_on
    await database.write(lambda db: add_note(db, story.mediator.actor(), story.case.id, "林先生说周五可以。"))
    assert await told(database, story) == [("潘调解员记了一笔", "林先生说周五可以。")]


async def test_sharing_lets_others_in_and_stopping_keeps_them_out(story_on: On) -> None:
    database, story = story_on
    worker, case_id = story.worker.actor(), story.case.id

    async def seen_by_stranger() -> bool:
        async with database.read() as db:
            try:
                await case_for(db, story.stranger.actor(), case_id)
            except NotFound:
                return False
            return True

    assert not await seen_by_stranger()
    await database.write(lambda db: share(db, worker, case_id, story.elsewhere.id))
    await database.write(lambda db: share(db, worker, case_id, story.elsewhere.id))
    assert await seen_by_stranger()
    await database.write(lambda db: stop_sharing(db, worker, case_id, story.elsewhere.id))
    assert not await seen_by_stranger()
    assert len(await told(database, story)) == 2


async def test_only_the_owner_shares_and_only_with_others(story_on: On) -> None:
    database, story = story_on
    case_id = story.case.id
    for member in (story.mediator, story.judge, story.archivist):
        with pytest.raises(NotAllowed):
            await database.write(lambda db, member=member: share(db, member.actor(), case_id, story.elsewhere.id))

    async def judge_works_for_the_federation_side(db: AsyncSession) -> None:
        await db.execute(update(Staff).where(Staff.id == story.judge.staff.id).values(roles=["federation"]))

    await database.write(judge_works_for_the_federation_side)
    story.judge.staff.roles = ["federation"]
    theirs = story.judge.actor()
    assert await refusal(database, lambda db: share(db, theirs, case_id, story.elsewhere.id)) == "not_the_owner"
    worker = story.worker.actor()
    for nobody in (story.federation.id, "nobody"):
        code = await refusal(database, lambda db, nobody=nobody: share(db, worker, case_id, nobody))
        assert code == "unknown_organisation"


async def test_one_more_party(story_on: On) -> None:
    database, story = story_on
    worker, case_id = story.worker.actor(), story.case.id
    await database.write(lambda db: add_party(db, worker, case_id, PartyRole.APPLICANT, PartyEntry("王建国", "王先生")))
    again = PartyEntry("王芳", person_id=story.mother.person.id)
    code = await refusal(database, lambda db: add_party(db, worker, case_id, PartyRole.RESPONDENT, again))
    assert code == "already_party"
    async with database.read() as db:
        roles = list(await db.scalars(select(Party.role).where(Party.case_id == case_id)))
    assert sorted(roles) == ["applicant", "applicant", "respondent"]
    assert await told(database, story) == [("王先生加为当事人", "")]


def test_relatives_are_refused_with_the_reason() -> None:
    for refused in (refuse_relative, role_of):
        with pytest.raises(Invalid) as refusal:
            refused("relative")
        assert refusal.value.code == "relatives_need_consent"
        assert "both sides have agreed" in refusal.value.fields["role"]
    refuse_relative("applicant")
    assert role_of("respondent") is PartyRole.RESPONDENT
    with pytest.raises(Invalid):
        role_of("witness")


async def test_a_closed_case_is_not_changed(story_on: On) -> None:
    database, story = story_on
    worker, case_id = story.worker.actor(), story.case.id

    async def closed(db: AsyncSession) -> None:
        (await db.get_one(CaseFile, case_id)).state = CaseState.CLOSED

    await database.write(closed)
    verbs: list[Verb] = [
        lambda db: edit(db, worker, case_id, summary="x", source="", court_case_number="", revision=0),
        lambda db: assign(db, worker, case_id, story.mediator.staff.id),
        lambda db: add_note(db, worker, case_id, "x"),
        lambda db: share(db, worker, case_id, story.elsewhere.id),
        lambda db: stop_sharing(db, worker, case_id, story.court.id),
        lambda db: add_party(db, worker, case_id, PartyRole.APPLICANT, PartyEntry("王建国")),
    ]
    assert [await refusal(database, verb) for verb in verbs] == ["case_closed"] * len(verbs)
