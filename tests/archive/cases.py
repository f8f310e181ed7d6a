"""Many closed cases with made-up names, written as rows."""

import random
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.archive.filling import catch_up
from mediation.cases.models import CaseFile, CaseState, DisputeKind, Outcome, Party, PartyRole
from mediation.clock import now
from mediation.db import Database
from mediation.people.models import Person
from tests.story import Story

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英玉"
SUMMARIES = (
    "离婚后探望孩子的时间谈不拢,上次接送晚了三天。",
    "要求增加抚养费,对方说收入少了。",
    "父母的房子怎么分,兄妹三人意见不同。",
    "每月探望两次,寒暑假另外商量。",
)
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


async def write_cases(database: Database, story: Story, count: int, seed: int = 5) -> list[tuple[str, str]]:
    """`count` closed cases, searchable; gives the two full names of each, in the order of their serials."""
    chance = random.Random(seed)
    names = [(_name(chance), _name(chance)) for _ in range(count)]
    await database.write(lambda db: _write(db, story, names, chance))
    while await database.write(catch_up):
        pass
    return names


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 1, 2))))


async def _write(db: AsyncSession, story: Story, names: list[tuple[str, str]], chance: random.Random) -> None:
    people = [Person(name=name, called=name[0] + "某", created_at=now()) for pair in names for name in pair]
    cases = [
        CaseFile(
            number=f"(2026)青家调{1000 + serial}号", year=2026, serial=1000 + serial,
            dispute_kind=chance.choice(list(DisputeKind)), summary=chance.choice(SUMMARIES), state=CaseState.CLOSED,
            outcome=chance.choice(list(Outcome)), owner_organisation_id=story.federation.id,
            mediator_staff_id=story.mediator.staff.id, opened_by_staff_id=story.worker.staff.id, opened_at=now(),
            closed_at=FIRST_DAY + timedelta(hours=4 * serial),
        )
        for serial in range(len(names))
    ]  # fmt: skip
    db.add_all([*people, *cases])
    await db.flush()
    for index, case in enumerate(cases):
        for person, role in zip(people[2 * index : 2 * index + 2], PartyRole, strict=True):
            db.add(Party(case_id=case.id, person_id=person.id, role=role))
