"""Argon2id takes its time: meanwhile others write."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts import password_change, passwords, staff
from mediation.db import Database
from tests.conftest import Client
from tests.story import CHEAP_HASH, Story


@pytest.mark.parametrize("path", ["/staff/new", "/staff/{mediator}/password"])
async def test_no_transaction_waits_for_a_hash(
    sqlite: Database,
    story: Story,
    client_for: Callable[..., Awaitable[Client]],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
) -> None:
    hashed: list[str] = []

    async def nothing(_db: AsyncSession) -> None:
        return None

    async def slow(password: str) -> str:
        async with asyncio.timeout(10):
            await sqlite.write(nothing)
        hashed.append(password)
        return CHEAP_HASH

    modules: list[Any] = [passwords, password_change, staff]
    for module in modules:
        monkeypatch.setattr(module, "hash_password", slow, raising=False)
    admin = await client_for(login=story.admin)
    form = {"name": "何静", "username": "he", "roles[]": "mediator"}
    answer = await admin.post(path.format(mediator=story.mediator.staff.id), data=form)
    assert answer.status == 200
    assert hashed[0] in await answer.text()


async def test_who_may_not_add_an_account_costs_no_hash(
    story: Story, client_for: Callable[..., Awaitable[Client]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_password: str) -> str:
        raise AssertionError

    monkeypatch.setattr(passwords, "hash_password", never)
    mediator = await client_for(login=story.mediator)
    form = {"name": "何静", "username": "he", "roles[]": "mediator"}
    assert (await mediator.post("/staff/new", data=form)).status == 403
