"""One-time codes: right once, ten minutes, five tries; readable nowhere but in the message itself."""

import json
import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from mediation import clock
from mediation.config import Settings
from mediation.db import Base, Database, key_of
from mediation.errors import Expired, Invalid, TooMany
from mediation.notifications.codes import CodeAnswer, check_code, code_for, issue_code
from mediation.notifications.mailbox import letters
from mediation.notifications.models import OneTimeCode
from tests.notifications.post import deliver
from tests.notifications.test_delivery import change
from tests.story import Story

Told = tuple[Database, Story]


async def issue(database: Database, story: Story) -> str:
    await database.write(lambda db: issue_code(db, story.mother.person, "sign", "a1"))
    async with database.read() as db:
        row = (await db.scalars(select(OneTimeCode).order_by(OneTimeCode.created_at.desc()))).first()
        assert row is not None
        return code_for(key_of(db, "code"), row.id)


async def check(database: Database, code: str, purpose: str = "sign", subject: str = "a1") -> CodeAnswer:
    return await database.write(lambda db: check_code(db, purpose, subject, code))


async def test_the_right_code_is_right_once_and_for_its_subject_alone(story_on: Told) -> None:
    database, story = story_on
    code = await issue(database, story)
    assert len(code) == 6
    assert await check(database, code, subject="a2") is CodeAnswer.EXPIRED
    assert await check(database, code, purpose="open") is CodeAnswer.EXPIRED
    assert await check(database, f" {code[:3]} {code[3:]} ") is CodeAnswer.RIGHT
    assert await check(database, code) is CodeAnswer.EXPIRED


async def test_a_code_expires_after_ten_minutes(story_on: Told) -> None:
    database, story = story_on
    code = await issue(database, story)
    with clock.shifted(timedelta(minutes=10, seconds=1)):
        assert await check(database, code) is CodeAnswer.EXPIRED


async def test_five_wrong_tries_spend_a_code(story_on: Told) -> None:
    database, story = story_on
    code = await issue(database, story)
    wrong = f"{(int(code) + 1) % 1000000:06d}"
    answers = [await check(database, wrong) for _ in range(5)]
    assert answers == [CodeAnswer.WRONG] * 4 + [CodeAnswer.SPENT]
    assert await check(database, code) is CodeAnswer.SPENT


async def test_a_new_code_voids_the_earlier_one_and_five_are_enough(story_on: Told) -> None:
    database, story = story_on
    first = await issue(database, story)
    second = await issue(database, story)
    assert await check(database, first) is (CodeAnswer.RIGHT if first == second else CodeAnswer.WRONG)
    assert await check(database, second) is CodeAnswer.RIGHT
    for _ in range(3):
        await issue(database, story)
    with pytest.raises(TooMany):
        await issue(database, story)


@pytest.mark.parametrize(
    ("answer", "error"),
    [(CodeAnswer.WRONG, Invalid), (CodeAnswer.EXPIRED, Expired), (CodeAnswer.SPENT, TooMany)],
)
def test_answers_become_errors_after_the_commit(answer: CodeAnswer, error: type[Exception]) -> None:
    with pytest.raises(error):
        answer.or_refuse()
    CodeAnswer.RIGHT.or_refuse()


async def test_the_code_is_in_the_mail_and_nowhere_else(
    sqlite: Database, story: Story, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = await issue(sqlite, story)
    await change(sqlite, story.mother.person, safe_from=clock.now().time(), safe_until=clock.now().time())
    assert await deliver(sqlite, settings) == 1
    (letter,) = await letters(settings.data_dir)
    assert letter.text == f"验证码 {code}，10 分钟内有效。不要告诉任何人，包括我们。"
    async with sqlite.read() as db:
        rows = [
            dict(row._mapping)
            for table in Base.metadata.sorted_tables
            for row in await db.execute(text(f'SELECT * FROM "{table.name}"'))
        ]
    columns = [str(value) for row in rows for name, value in row.items() if not name.endswith(("_at", "hash", "id"))]
    assert not any(code in column for column in columns)
    assert f"验证码 {code}" not in json.dumps(rows, default=str, ensure_ascii=False)
    assert not any(code in record.getMessage() for record in caplog.records)
