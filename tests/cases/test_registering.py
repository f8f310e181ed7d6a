"""Register a dispute: the two sides, the number, who may, what is refused."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.cases.models import CaseFile, DisputeKind, Party, PartyRole
from mediation.cases.numbering import take_number
from mediation.cases.parties import NEW, PartyEntry
from mediation.cases.registering import Dispute, register
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.errors import Invalid, NotAllowed
from mediation.journal.models import JournalEntry
from mediation.people.models import Person
from tests.story import Member, Story

DISPUTE = Dispute(DisputeKind.VISITING, "约定的探望没有做到。", "热线", "(2026)青0102民初55号")
ANNE = PartyEntry("谢兰", "谢女士", "13800138000", "xie@example.org", "孩子的母亲")
BEN = PartyEntry("方强", "方先生")


async def registered(
    database: Database,
    settings: Settings,
    member: Member,
    applicant: PartyEntry = ANNE,
    respondent: PartyEntry = BEN,
) -> CaseFile:
    return await database.write(lambda db: register(db, member.actor(), DISPUTE, applicant, respondent, settings))


async def test_the_case_has_a_number_two_sides_and_a_journal_entry(
    story_on: tuple[Database, Story], settings: Settings
) -> None:
    database, story = story_on
    case = await registered(database, settings, story.worker)
    year = now().astimezone(settings.zone).year
    assert (case.year, case.court_case_number, case.source) == (year, "(2026)青0102民初55号", "热线")
    assert case.number == f"({year})青家调{case.serial:04d}号"
    assert case.owner_organisation_id == story.federation.id
    assert case.mediator_staff_id is None
    async with database.read() as db:
        found = select(Party.role, Person.name, Person.phone, Party.relation).join(Person, Person.id == Party.person_id)
        sides = (await db.execute(found.where(Party.case_id == case.id).order_by(Party.role))).all()
        entries = await db.scalars(select(JournalEntry).where(JournalEntry.case_id == case.id))
    assert [tuple(side) for side in sides] == [
        (PartyRole.APPLICANT, "谢兰", "+8613800138000", "孩子的母亲"),
        (PartyRole.RESPONDENT, "方强", None, ""),
    ]
    assert [(entry.action, entry.data) for entry in entries] == [
        ("case_registered", {"kind": "visiting", "serial": case.serial})
    ]


async def test_a_mediator_who_registers_is_the_mediator(sqlite: Database, story: Story, settings: Settings) -> None:
    assert (await registered(sqlite, settings, story.mediator)).mediator_staff_id == story.mediator.staff.id


@pytest.mark.parametrize("member", ["judge", "archivist", "admin"])
async def test_others_may_not_register(sqlite: Database, story: Story, settings: Settings, member: str) -> None:
    with pytest.raises(NotAllowed):
        await registered(sqlite, settings, getattr(story, member))


async def test_somebody_known_is_asked_about_and_not_entered_twice(
    story_on: tuple[Database, Story], settings: Settings
) -> None:
    database, story = story_on
    again = PartyEntry("王芳", "王女士")
    with pytest.raises(Invalid) as refused:
        await registered(database, settings, story.worker, applicant=again)
    assert refused.value.code == "person_known"
    assert list(refused.value.fields) == ["applicant_person"]

    chosen = await registered(database, settings, story.worker, replace(again, person_id=story.mother.person.id), BEN)
    another = await registered(
        database, settings, story.worker, replace(again, person_id=NEW), replace(BEN, person_id=NEW)
    )
    async with database.read() as db:
        same = await db.scalars(select(Person.id).where(Person.name == "王芳"))
        of = select(Party.person_id).where(Party.role == PartyRole.APPLICANT)
        assert await db.scalar(of.where(Party.case_id == chosen.id)) == story.mother.person.id
        assert await db.scalar(of.where(Party.case_id == another.id)) != story.mother.person.id
        assert len(same.all()) == 2


async def test_the_same_phone_is_asked_about_too(sqlite: Database, story: Story, settings: Settings) -> None:
    async def stored(db: AsyncSession) -> None:
        (await db.get_one(Person, story.mother.person.id)).phone = "+8613800002051"

    await sqlite.write(stored)
    with pytest.raises(Invalid) as refused:
        await registered(sqlite, settings, story.worker, replace(ANNE, phone="138 0000 2051"))
    assert refused.value.code == "person_known"


async def test_nobody_of_another_directory_can_be_chosen(sqlite: Database, story: Story, settings: Settings) -> None:
    theirs = replace(ANNE, person_id=story.mother.person.id)
    with pytest.raises(NotAllowed) as refused:
        await registered(sqlite, settings, story.stranger, theirs)
    assert refused.value.code == "person_not_yours"


async def test_the_same_person_on_both_sides_is_refused(sqlite: Database, story: Story, settings: Settings) -> None:
    mother = PartyEntry("王芳", person_id=story.mother.person.id)
    with pytest.raises(Invalid) as refused:
        await registered(sqlite, settings, story.worker, mother, mother)
    assert refused.value.code == "same_person"


async def test_a_wrong_phone_is_told_at_its_field_and_nothing_is_kept(
    sqlite: Database, story: Story, settings: Settings
) -> None:
    with pytest.raises(Invalid) as refused:
        await registered(sqlite, settings, story.worker, ANNE, replace(BEN, phone="twelve"))
    assert list(refused.value.fields) == ["respondent_phone"]
    async with sqlite.read() as db:
        assert (await db.scalars(select(Person).where(Person.name == "谢兰"))).all() == []


async def test_thirty_at_once_get_thirty_numbers_without_a_gap(
    story_on: tuple[Database, Story], settings: Settings
) -> None:
    database, story = story_on

    async def one(count: int) -> int:
        sides = PartyEntry(f"甲{count}"), PartyEntry(f"乙{count}")
        if count % 5 == 0:  # some are refused: they give no number away
            with pytest.raises(Invalid):
                await registered(database, settings, story.worker, *(replace(side, phone="x") for side in sides))
            return 0
        return (await registered(database, settings, story.worker, *sides)).serial

    serials = sorted(serial for serial in await asyncio.gather(*map(one, range(1, 38))) if serial)
    assert len(serials) == 30
    assert serials == list(range(serials[0], serials[0] + 30))


async def test_numbers_go_on_where_the_year_stands_and_start_anew_with_the_next(
    story_on: tuple[Database, Story],
) -> None:
    database, story = story_on
    zone = ZoneInfo("Asia/Shanghai")
    eve = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)

    async def unit(db: AsyncSession) -> list[str]:
        moments = (eve, eve, eve + timedelta(minutes=1), eve + timedelta(minutes=2))
        return [(await take_number(db, "{year}-{serial:03d}", at, zone))[0] for at in moments]

    assert story.case.serial == 318
    assert await database.write(unit) == ["2026-319", "2026-320", "2027-001", "2027-002"]
