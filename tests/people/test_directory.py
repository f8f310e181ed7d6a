"""Add, edit and find people; contact data in full are shown to few and journalled."""

from datetime import time
from typing import Any

import pytest
from sqlalchemy import func, select

from mediation.actor import SYSTEM
from mediation.db import Database
from mediation.errors import Invalid, NotAllowed, NotFound
from mediation.journal.models import JournalEntry
from mediation.people.directory import add_person, edit_person, show_contact, tidy_phone
from mediation.people.models import Channel, Person
from mediation.people.queries import PAGE, search_people
from tests.story import Story

Told = tuple[Database, Story]
NUMBER = "11010519491231002X"


async def journal(database: Database) -> list[tuple[str, str | None, dict[str, Any]]]:
    async with database.read() as db:
        entries = await db.scalars(select(JournalEntry).order_by(JournalEntry.seq))
        return [(entry.action, entry.subject, entry.data) for entry in entries]


async def stored(database: Database, person_id: str) -> Person:
    async with database.read() as db:
        return await db.get_one(Person, person_id)


async def test_somebody_new(story_on: Told) -> None:
    database, story = story_on
    added = await database.write(
        lambda db: add_person(
            db, story.worker.actor(), name=" 李小梅 ", phone="138 1111 2222", email=" mei@example.org ",
            identity_number=NUMBER, locale="en", elder=True, safe_channel=Channel.SMS, safe_from=time(9),
            safe_until=time(18, 30), neutral_wording=True,
        )
    )  # fmt: skip
    person = await stored(database, added.id)
    assert (person.name, person.called, person.organisation_id) == ("李小梅", "李小梅", story.federation.id)
    assert (person.phone, person.email, person.address) == ("+8613811112222", "mei@example.org", None)
    assert person.identity_number_masked == "110*************2X"
    assert (person.locale, person.elder, person.safe_channel) == ("en", True, Channel.SMS)
    assert (person.safe_from, person.safe_until, person.neutral_wording) == (time(9), time(18, 30), True)
    assert await journal(database) == [("person_added", person.id, {})]


async def test_little_is_enough(story_on: Told) -> None:
    database, story = story_on
    added = await database.write(
        lambda db: add_person(db, story.mediator.actor(), name="李小梅", called="", phone="", email=None, address="")
    )
    assert (added.called, added.phone, added.email, added.address) == ("李小梅", None, None, None)
    assert (added.locale, added.elder, added.neutral_wording) == ("zh", False, False)


async def test_the_workstation_itself_names_the_organisation(story_on: Told) -> None:
    database, story = story_on
    added = await database.write(lambda db: add_person(db, SYSTEM, organisation_id=story.court.id, name="李小梅"))
    assert added.organisation_id == story.court.id


async def test_all_mistakes_are_named_at_once(story_on: Told) -> None:
    database, story = story_on
    async with database.read() as db:
        before = await db.scalar(select(func.count()).select_from(Person))
    with pytest.raises(Invalid) as refused:
        await database.write(
            lambda db: add_person(
                db, story.worker.actor(), name=" ", called="长" * 41, phone="123", email="me", address="长" * 201,
                identity_number="110105194912310021", locale="fr", safe_from=time(9),
            )
        )  # fmt: skip
    fields = {"name", "called", "phone", "email", "address", "identity_number", "locale", "safe_from"}
    assert (refused.value.code, set(refused.value.fields)) == ("invalid_person", fields)
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Person)) == before
    assert await journal(database) == []


async def test_an_edit_changes_what_is_given(story_on: Told) -> None:
    database, story = story_on
    mother = story.mother.person
    await database.write(
        lambda db: edit_person(db, story.worker.actor(), mother.id, phone="13811112222", email=None, called="")
    )
    person = await stored(database, mother.id)
    assert (person.name, person.called) == ("王芳", "王芳")
    assert (person.phone, person.email, person.address) == ("+8613811112222", None, mother.address)
    # The journal names what changed, never the values.
    assert await journal(database) == [("person_edited", mother.id, {"fields": ["called", "email", "phone"]})]


async def test_an_edit_that_changes_nothing_is_not_journalled(story_on: Told) -> None:
    database, story = story_on
    mother = story.mother.person
    await database.write(lambda db: edit_person(db, story.worker.actor(), mother.id, name="王芳", email=mother.email))
    assert await journal(database) == []


async def test_of_the_identity_number_nothing_else_is_stored(story_on: Told) -> None:
    database, story = story_on
    await database.write(
        lambda db: edit_person(db, story.worker.actor(), story.mother.person.id, identity_number=NUMBER)
    )
    async with database.read() as db:
        for table in Person.metadata.sorted_tables:
            rows = (await db.execute(select(table))).all()
            assert NUMBER[3:-2] not in repr(rows), table.name


async def test_people_of_another_organisation_do_not_exist(story_on: Told) -> None:
    database, story = story_on
    stranger, mother = story.stranger.actor(), story.mother.person.id
    for verb in (lambda db: edit_person(db, stranger, mother, name="x"), lambda db: show_contact(db, stranger, mother)):
        with pytest.raises(NotFound):
            await database.write(verb)
    async with database.read() as db:
        found, _ = await search_people(db, stranger, "王芳")
    assert found == []


async def test_who_has_no_part_in_cases_sees_nobody(story_on: Told) -> None:
    database, story = story_on
    mother = story.mother.person.id
    for member in (story.judge, story.archivist, story.admin):
        actor = member.actor()
        for verb in (
            lambda db, actor=actor: add_person(db, actor, name="李小梅"),
            lambda db, actor=actor: edit_person(db, actor, mother, name="x"),
            lambda db, actor=actor: show_contact(db, actor, mother),
            lambda db, actor=actor: search_people(db, actor, ""),
        ):
            with pytest.raises(NotAllowed):
                await database.write(verb)


async def test_looking_at_contact_data_is_journalled(story_on: Told) -> None:
    database, story = story_on
    person = await database.write(lambda db: show_contact(db, story.mediator.actor(), story.mother.person.id))
    assert person.phone == "13800002051"
    assert await journal(database) == [("contact_shown", person.id, {})]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("王", {"王芳"}),
        ("女士", {"王芳"}),
        ("13800002051", {"王芳"}),
        ("2051", {"王芳"}),
        ("0000205", set()),
        ("1380000", set()),
        ("051", set()),
        ("%", set()),
        ("_", set()),
        ("' OR 1=1 --", set()),
    ],
)
async def test_who_is_found(story_on: Told, text: str, names: set[str]) -> None:
    database, story = story_on
    async with database.read() as db:
        found, pages = await search_people(db, story.mediator.actor(), text)
    assert ({person.name for person in found}, pages) == (names, 1)


async def test_the_directory_has_pages(sqlite: Database, story: Story) -> None:
    for step in range(PAGE):
        await sqlite.write(lambda db, step=step: add_person(db, story.worker.actor(), name=f"李{step:03d}"))
    async with sqlite.read() as db:
        first, pages = await search_people(db, story.worker.actor(), "", 1)
        second, _ = await search_people(db, story.worker.actor(), "", 2)
        beyond, _ = await search_people(db, story.worker.actor(), "", 999)
    assert (len(first), pages, beyond) == (PAGE, 2, [])
    assert len({person.id for person in (*first, *second)}) == PAGE + 6


def test_a_phone_is_tidied_or_left() -> None:
    assert tidy_phone("138 0000 2051") == "+8613800002051"
    assert tidy_phone("ask the neighbour") == "ask the neighbour"
