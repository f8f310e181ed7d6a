"""Staff accounts: added, given roles, suspended, resumed, their logins ended; by administrators of the same organisation."""

import asyncio
from collections.abc import Awaitable, Callable, Collection

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.login import log_in
from mediation.accounts.models import Login, Staff
from mediation.accounts.password_change import change_password, reset_password
from mediation.accounts.passwords import AT_ONCE, hash_password, matches, new_password
from mediation.accounts.queries import accounts
from mediation.accounts.rules import password_wrong, username_wrong
from mediation.accounts.staff import add_staff, end_logins_of, resume, set_roles, suspend
from mediation.actor import SYSTEM, Actor, Role
from mediation.db import Database, Touch
from mediation.errors import Conflict, Invalid, NotAllowed, NotFound
from mediation.people.models import Person
from tests.story import PASSWORD, Story

Told = tuple[Database, Story]
NEW = "three small boats"


def adding(story: Story, actor: Actor, **other: str) -> Callable[[AsyncSession], Awaitable[Staff]]:
    given = {"name": "何静", "called": "何调解员", "username": "he", "title": "志愿者", "password": NEW} | other
    organisation = given.pop("organisation_id", story.federation.id)

    async def unit(db: AsyncSession) -> Staff:
        password = await new_password(given["password"], given["username"])
        return await add_staff(
            db, actor, organisation, given["name"], given["called"], given["username"], {Role.MEDIATOR}, given["title"],
            password, given.get("email"),
        )  # fmt: skip

    return unit


async def test_a_new_account_can_be_used(story_on: Told) -> None:
    database, story = story_on
    added = await database.write(adding(story, story.admin.actor(), username=" He ", email="he@example.org"))
    await log_in(database, "he", NEW)
    async with database.read() as db:
        person = await db.get_one(Person, added.person_id)
    assert (person.name, person.called, person.email) == ("何静", "何调解员", "he@example.org")
    assert (person.organisation_id, added.username, added.roles) == (story.federation.id, "he", ["mediator"])
    assert NEW not in added.password_hash


async def test_the_workstation_itself_may_add_to_any_organisation(story_on: Told) -> None:
    database, story = story_on
    added = await database.write(adding(story, SYSTEM, organisation_id=story.elsewhere.id))
    assert added.organisation_id == story.elsewhere.id


async def test_only_administrators_add_and_only_to_their_organisation(story_on: Told) -> None:
    database, story = story_on
    for member in (story.mediator, story.judge, story.worker, story.archivist):
        with pytest.raises(NotAllowed):
            await database.write(adding(story, member.actor()))
    with pytest.raises(NotAllowed):
        await database.write(adding(story, story.admin.actor(), organisation_id=story.court.id))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"username": "何静"}, "username"),
        ({"username": "-"}, "username"),
        ({"password": "short"}, "password"),
        ({"title": "长" * 41}, "title"),
        ({"name": "  "}, "name"),
        ({"name": "长" * 81}, "name"),
        ({"email": "he at example"}, "email"),
    ],
)
async def test_what_cannot_be_used_is_named(sqlite: Database, story: Story, given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await sqlite.write(adding(story, story.admin.actor(), **given))
    assert set(refused.value.fields) == {field}
    async with sqlite.read() as db:
        assert await db.scalar(select(func.count()).select_from(Staff).where(Staff.username == "he")) == 0


async def test_a_login_name_is_taken_once_however_many_race(story_on: Told) -> None:
    database, story = story_on
    rounds = [database.write(adding(story, story.admin.actor(), name=f"何{step}")) for step in range(6)]
    results = await asyncio.gather(*rounds, return_exceptions=True)
    lost = [result.code for result in results if isinstance(result, Conflict)]
    assert lost == ["username_taken"] * 5
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Person).where(Person.name.like("何%"))) == 1


async def test_suspending_ends_everything_and_resuming_lets_in_again(story_on: Told) -> None:
    database, story = story_on
    admin, staff_id = story.admin.actor(), story.mediator.staff.id
    await log_in(database, "pan", PASSWORD)
    await log_in(database, "pan", PASSWORD)
    told: list[Collection[Touch]] = []
    database.on_touched(told.append)
    await database.write(lambda db: suspend(db, admin, staff_id))
    assert ("staff", staff_id) in told[0]
    assert sorted(topic for topic, _ in told[0]) == ["login", "login", "staff"]
    with pytest.raises(Conflict):
        await database.write(lambda db: suspend(db, admin, staff_id))
    with pytest.raises(Invalid):
        await log_in(database, "pan", PASSWORD)
    await database.write(lambda db: resume(db, admin, staff_id))
    await log_in(database, "pan", PASSWORD)
    with pytest.raises(Conflict):
        await database.write(lambda db: resume(db, admin, staff_id))


async def test_roles_change_at_once(story_on: Told) -> None:
    database, story = story_on
    told: list[Collection[Touch]] = []
    database.on_touched(told.append)
    wanted = {Role.ADMIN, Role.MEDIATOR}
    await database.write(lambda db: set_roles(db, story.admin.actor(), story.mediator.staff.id, wanted, "组长"))
    async with database.read() as db:
        staff = await db.get_one(Staff, story.mediator.staff.id)
    assert (staff.roles, staff.title, told) == (["mediator", "admin"], "组长", [{("staff", staff.id)}])
    with pytest.raises(Invalid):
        await database.write(lambda db: set_roles(db, story.admin.actor(), staff.id, set(), ""))


async def test_administrators_cannot_shut_themselves_out(story_on: Told) -> None:
    database, story = story_on
    admin, own = story.admin.actor(), story.admin.staff.id
    tries: list[Callable[[AsyncSession], Awaitable[object]]] = [
        lambda db: suspend(db, admin, own),
        lambda db: set_roles(db, admin, own, {Role.MEDIATOR}, ""),
    ]
    for each in tries:
        with pytest.raises(Conflict) as refused:
            await database.write(each)
        assert refused.value.code == "own_account"
    with pytest.raises(Conflict, match="own_account"):
        await reset_password(database, admin, own)
    async with database.read() as db:
        staff = await db.get_one(Staff, own)
    assert (staff.roles, staff.suspended_at, staff.must_change_password) == (["admin"], None, False)


async def test_accounts_of_other_organisations_do_not_exist(story_on: Told) -> None:
    database, story = story_on
    admin, other = story.admin.actor(), story.stranger.staff.id
    tries: list[Callable[[AsyncSession], Awaitable[object]]] = [
        lambda db: suspend(db, admin, other),
        lambda db: resume(db, admin, other),
        lambda db: end_logins_of(db, admin, other),
        lambda db: set_roles(db, admin, other, {Role.MEDIATOR}, ""),
    ]
    for each in tries:
        with pytest.raises(NotFound):
            await database.write(each)
    with pytest.raises(NotFound):
        await reset_password(database, admin, other)
    async with database.read() as db:
        listed = await accounts(db, admin)
        assert await accounts(db, admin, other) == []
    assert {account.staff.username for account in listed} == {"pan", "zhou", "zheng", "admin"}


async def test_a_temporary_password_works_once_it_is_changed(story_on: Told) -> None:
    database, story = story_on
    await log_in(database, "pan", PASSWORD)
    temporary = await reset_password(database, story.admin.actor(), story.mediator.staff.id)
    with pytest.raises(Invalid):
        await log_in(database, "pan", PASSWORD)
    await log_in(database, "pan", temporary)
    async with database.read() as db:
        staff = await db.get_one(Staff, story.mediator.staff.id)
        still_open = await db.scalar(select(func.count()).select_from(Login).where(Login.ended_at.is_(None)))
    assert (staff.must_change_password, still_open) == (True, 1)
    assert temporary not in staff.password_hash
    await change_password(database, story.mediator.actor(), temporary, NEW)
    async with database.read() as db:
        assert not (await db.get_one(Staff, staff.id)).must_change_password
    await log_in(database, "pan", NEW)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", NEW, "old"), (PASSWORD, "short", "new"), (PASSWORD, PASSWORD, "new"), (PASSWORD, "pan pan pan", "new")],
)
async def test_a_password_is_changed_by_its_owner_alone(
    sqlite: Database, story: Story, old: str, new: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await change_password(sqlite, story.mediator.actor(), old, new)
    assert set(refused.value.fields) == {field}
    await log_in(sqlite, "pan", PASSWORD)


async def test_changing_the_password_ends_the_other_logins(story_on: Told) -> None:
    database, story = story_on
    for _ in range(2):
        await story.log_in(database, story.mediator)
    await story.log_in(database, story.judge)
    await change_password(database, story.mediator.actor(), PASSWORD, NEW)
    async with database.read() as db:
        still_open = (await db.scalars(select(Login.staff_id).where(Login.ended_at.is_(None)))).all()
    assert still_open == [story.judge.staff.id]


async def test_hashes_are_made_few_at_a_time() -> None:
    hashes = await asyncio.gather(*(hash_password(f"password {step}") for step in range(2 * AT_ONCE)))
    assert len(set(hashes)) == 2 * AT_ONCE
    assert all(each.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for each in hashes)
    assert await matches(hashes[0], "  password 0")
    assert not await matches(None, "password 0")
    assert not await matches("no hash at all", "password 0")


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("three small boats", True),
        ("三只小船慢慢开过去啦", True),
        ("short", False),
        ("1234567890", False),
        ("qwertyuiop", False),
        ("abababababab", False),
        ("Pan-in-the-boat", False),
        ("x" * 60 + "abcdefg" * 10, False),
    ],
)
def test_which_passwords_are_taken(password: str, good: bool) -> None:
    assert (password_wrong(password, "pan") is None) is good


@pytest.mark.parametrize(
    ("name", "good"), [("pan", True), ("pan.xl-2", True), ("Pan", False), ("-pan", False), ("", False)]
)
def test_which_login_names_are_taken(name: str, good: bool) -> None:
    assert (username_wrong(name) is None) is good
