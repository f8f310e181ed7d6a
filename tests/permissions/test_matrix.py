"""Role by action by own, shared or other organisation, against a table written out a second time."""

import itertools

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import Role, StaffActor
from mediation.cases.access import case_for
from mediation.db import Database
from mediation.errors import NotAllowed, NotFound
from mediation.permissions import OWN, Action, allowed, require
from tests.story import Story

# mediator, judge, federation worker, archivist, administrator: x = may, within the own organisation
WRITTEN = """
register_case    x . x . .
see_case         x x x . .
edit_case        x . x . .
share_case       . . x . .
see_contact      x . x . .
edit_people      x . x . .
protect          x . x . .
book             x . x . .
see_session      x x x . .
watch_sessions   x . x . x
hold_session     x . . . .
join_session     x x x . .
advise           . x . . .
write_minutes    x . x . .
draft_agreement  x . . . .
close_case       x . . . .
search_archive   . . . x .
read_archive     . . . x .
play_recording   . . . x .
manage_staff     . . . . x
see_messages     . . . . x
see_journal      . . . x x
"""
ORDER = (Role.MEDIATOR, Role.JUDGE, Role.FEDERATION, Role.ARCHIVIST, Role.ADMIN)
TABLE = {
    Action(line.split()[0]): {role for role, mark in zip(ORDER, line.split()[1:], strict=True) if mark == "x"}
    for line in WRITTEN.strip().splitlines()
}


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(Action) == set(OWN)
    assert set(ORDER) == set(Role)


@pytest.mark.parametrize(("role", "action"), list(itertools.product(Role, Action)))
def test_what_a_role_may_do(role: Role, action: Action) -> None:
    assert allowed({role}, action, own=True) is (role in TABLE[action])
    assert not allowed(set(Role), action, own=False)
    assert not allowed(set(), action, own=True)


@pytest.mark.parametrize("action", list(Action))
def test_several_roles_may_what_one_of_them_may(action: Action) -> None:
    for count in range(len(Role) + 1):
        for roles in itertools.combinations(Role, count):
            assert allowed(roles, action, own=True) is bool(TABLE[action].intersection(roles))


async def test_in_cases_of_the_own_a_sharing_and_another_organisation(story_on: tuple[Database, Story]) -> None:
    database, story = story_on
    organisations = {"own": story.federation.id, "sharing": story.court.id, "other": story.elsewhere.id}
    seen: list[tuple[str, Role, Action, str]] = []

    async def outcome(db: AsyncSession, actor: StaffActor, action: Action) -> str:
        try:
            assert (await case_for(db, actor, story.case.id, action)).id == story.case.id
        except (NotAllowed, NotFound) as refused:
            return type(refused).__name__
        return "allowed"

    async with database.read() as db:
        for (where, organisation), role, action in itertools.product(organisations.items(), Role, Action):
            actor = StaffActor("s", "p", organisation, frozenset({role}), "l")
            seen.append((where, role, action, await outcome(db, actor, action)))
    expected = [
        (where, role, action, "NotFound" if where == "other" else "allowed" if role in TABLE[action] else "NotAllowed")
        for where, role, action in itertools.product(organisations, Role, Action)
    ]
    assert seen == expected


@pytest.mark.parametrize(("role", "action"), list(itertools.product(Role, Action)))
def test_where_no_case_is_concerned(role: Role, action: Action) -> None:
    actor = StaffActor("s", "p", "o", frozenset({role}), "l")
    if role in TABLE[action]:
        require(actor, action)
    else:
        with pytest.raises(NotAllowed):
            require(actor, action)
