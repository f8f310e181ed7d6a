"""Messages for administrators without links and codes; the mailbox only where it belongs."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.actor import Role
from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from mediation.invitations.links import KEY, renew, token_of
from mediation.notifications.codes import code_for, issue_code
from mediation.notifications.models import MessageState
from mediation.people.models import Channel
from mediation.tokens import load_key
from tests.notifications.post import deliver
from tests.notifications.test_delivery import change, put, row
from tests.story import Story

ClientFor = Callable[..., Awaitable[Any]]


async def test_the_page_of_messages_shows_neither_link_nor_code(
    client_for: ClientFor, sqlite: Database, story: Story, settings: Settings
) -> None:
    found = await sqlite.write(lambda db: renew(db, story.mediator.actor(), story.mother.participant.id))
    await sqlite.write(lambda db: issue_code(db, story.mother.person, "sign", "a1"))
    await deliver(sqlite, settings)
    browser = await client_for(login=story.admin)
    page = await (await browser.get("/messages")).text()
    mailbox = await (await browser.get("/mailbox")).text()
    secret = token_of(load_key(settings.keys, KEY), found.id, found.version)
    (code,) = re.findall(r"验证码 (\d{6})，", mailbox)
    assert "视频调解" in page
    assert "写进了邮件文件夹，没有邮件服务器" in page
    assert secret not in page
    assert code not in page
    assert f'href="http://127.0.0.1:8080/i/{found.id}#{secret}"' in mailbox
    json = await (await browser.get("/mailbox.json")).json()
    assert [letter["links"] for letter in json] == [[], [f"http://127.0.0.1:8080/i/{found.id}#{secret}"]]
    assert code_for(load_key(settings.keys, "code"), "other") != code


@pytest.mark.parametrize("who", ["mediator", "judge", "worker", "archivist"])
async def test_only_administrators_see_messages(client_for: ClientFor, story: Story, who: str) -> None:
    browser = await client_for(login=getattr(story, who))
    assert (await browser.get("/messages")).status == 403
    assert (await browser.post("/messages/0/retry")).status == 403


async def test_administrators_see_the_messages_of_their_organisation_alone(
    client_for: ClientFor, sqlite: Database, story: Story, settings: Settings
) -> None:
    for member in (story.mother, story.judge):
        await change(sqlite, member.person, safe_channel=Channel.NONE)
    to_mother, to_judge = [await put(sqlite, each.person) for each in (story.mother, story.judge)]
    await deliver(sqlite, settings)

    async def of_the_court(db: AsyncSession) -> None:
        (await db.get_one(Staff, story.judge.staff.id)).roles = [Role.ADMIN.value]

    await sqlite.write(of_the_court)
    for admin, own, other in ((story.admin, to_mother, to_judge), (story.judge, to_judge, to_mother)):
        browser = await client_for(login=admin)
        page = await (await browser.get("/messages")).text()
        assert (f"/messages/{own.id}/retry" in page, page.count("/retry")) == (True, 1)
        assert "1 条" in page
        assert (await browser.post(f"/messages/{other.id}/retry")).status == 404
        assert (await row(sqlite, other)).state is MessageState.WITHHELD


async def test_a_withheld_message_can_be_tried_again(
    client_for: ClientFor, sqlite: Database, story: Story, settings: Settings
) -> None:
    await change(sqlite, story.mother.person, safe_channel=Channel.NONE)
    message = await put(sqlite, story.mother.person)
    await deliver(sqlite, settings)
    browser = await client_for(login=story.admin)
    assert "请打电话" in await (await browser.get("/messages")).text()
    await change(sqlite, story.mother.person, safe_channel=Channel.EMAIL)
    answer = await browser.post(f"/messages/{message.id}/retry", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/messages")
    await deliver(sqlite, settings)
    assert (await row(sqlite, message)).state is MessageState.SENT
    assert (await browser.post(f"/messages/{message.id}/retry")).status == 409
    assert (await browser.post("/messages/0/retry")).status == 404


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 200),
        ({"host": "192.0.2.1"}, 404),
        ({"host": "192.0.2.1", "mailbox": True}, 200),
        ({"smtp_host": "127.0.0.1"}, 404),
        ({"mailbox": False}, 404),
    ],
)
async def test_the_mailbox_is_there_only_where_nobody_else_can_reach_us(
    sqlite: Database, settings: Settings, more: dict[str, object], status: int
) -> None:
    app = create_app(settings.model_copy(update=more), database=sqlite)
    async with TestClient(TestServer(app)) as browser:
        assert (await browser.get("/mailbox")).status == status
        assert (await browser.get("/mailbox.json")).status == status
