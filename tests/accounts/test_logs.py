"""No secret, address, phone or identity number is ever in a log, however people sign in, mistype or are looked up."""

import io
import json
import logging
from collections.abc import Awaitable, Callable, Iterator

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import select

from mediation.db import Database
from mediation.journal.models import JournalEntry
from tests.story import PASSWORD, Story

Browser = TestClient  # type: ignore[type-arg]
Browsers = Callable[..., Awaitable[Browser]]

MISTYPED, NEW = "mistyped-secret-71", "three small boats"
PHONE, EMAIL, ADDRESS, NUMBER = "13811112222", "hidden.mei@example.org", "青禾市隐居路77号", "11010519491231002X"
WRONG_NUMBER, WRONG_PHONE = "110105194912310021", "138111122229"


LOGGERS = {"": "DEBUG", "mediation": "DEBUG", "aiohttp": "DEBUG", "asyncio": "DEBUG", "sqlalchemy": "INFO"}
# Statements of the driver below SQLAlchemy; and requests, which serving.py keeps no log of.
LEFT_OUT = {"aiosqlite": "INFO", "aiohttp.access": "CRITICAL"}


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger says, down to the last detail."""
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    logging.getLogger().addHandler(handler)
    levels = {name: logging.getLogger(name).level for name in LOGGERS | LEFT_OUT}
    for name, level in (LOGGERS | LEFT_OUT).items():
        logging.getLogger(name).setLevel(level)
    yield heard
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    logging.getLogger().removeHandler(handler)


async def test_nothing_private_is_logged(
    client_for: Browsers, sqlite: Database, story: Story, logged: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    browser, admin = await client_for(), await client_for(login=story.admin)
    await browser.post("/login", data={"username": "pan", "password": MISTYPED})
    await browser.post("/login", data={"username": MISTYPED, "password": MISTYPED})
    answer = await browser.post("/login", data={"username": "pan", "password": PASSWORD}, allow_redirects=False)
    token = answer.cookies["login"].value
    await browser.post("/password", data={"old": MISTYPED, "new": NEW, "again": NEW})
    await browser.post("/password", data={"old": PASSWORD, "new": NEW, "again": NEW})
    text = await (await admin.post(f"/staff/{story.worker.staff.id}/password")).text()
    temporary = text.split("data-temporary-password>")[1].split("<")[0]
    person = {"name": "李小梅", "phone": PHONE, "email": EMAIL, "address": ADDRESS, "identity_number": NUMBER}
    await browser.post("/people/new", data=person | {"identity_number": WRONG_NUMBER, "phone": WRONG_PHONE})
    added = await browser.post("/people/new", data=person, allow_redirects=False)
    assert added.status == 303
    page = added.headers["Location"]
    shown = await (await browser.post(f"{page}/contact")).text()
    assert all(word in shown for word in ("138 1111 2222", EMAIL, ADDRESS))
    await browser.get("/people", params={"q": PHONE})
    form = await (await browser.get(f"{page}/edit")).text()
    seen = form.split('name="seen" value="')[1].split('"')[0]
    await browser.post(f"{page}/edit", data=person | {"email": "", "forget[]": "email", "seen": seen})
    await browser.post(f"{page}/protect", data={"other_id": story.father.person.id, "reason": ADDRESS})
    await browser.get("/people/no-such-person")
    await browser.post("/people/new", data=b"\xff\xfe broken", headers={"Content-Type": "application/json"})
    out, err = capfd.readouterr()
    async with sqlite.read() as db:
        entries = (await db.scalars(select(JournalEntry))).all()
    journal = json.dumps([[entry.actor, entry.action, entry.subject, entry.data] for entry in entries])
    written = logged.getvalue() + out + err
    assert "INSERT INTO person" in written
    assert [entry.action for entry in entries] == [
        "login_refused", "login_refused", "logged_in", "password_changed", "password_reset", "person_added",
        "contact_shown", "person_edited", "pair_protected",
    ]  # fmt: skip
    secrets = (MISTYPED, PASSWORD, NEW, token, temporary, PHONE, "1111 2222", EMAIL, ADDRESS, NUMBER[3:-2], WRONG_PHONE)
    for secret in secrets:
        assert secret not in written
        assert secret not in journal
