"""Every route keeps its pages to itself, and accepts changes from our own pages only."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie

import pytest
from aiohttp import ClientSession

from mediation.config import Settings
from mediation.db import Database
from mediation.invitations.links import renew, token_of
from mediation.tokens import load_key
from tests.privacy.browsing import Sweep, swept
from tests.privacy.crawling import get_routes, post_routes
from tests.story import PASSWORD, Story

JSON = {"Accept": "application/json"}


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Settings:
    """A workstation behind TLS."""
    folder = tmp_path_factory.mktemp("data")
    return Settings(data_dir=folder, port=0, media_port=0, public_url="https://mediation.example", mailbox=False)


@pytest.fixture
async def sweep(settings: Settings, sqlite: Database, story: Story) -> AsyncIterator[Sweep]:
    """The server of these tests."""
    async with ClientSession() as browser:
        made = await swept(settings, sqlite, story, browser)
        yield made
        await made.server.close()


async def test_every_answer_keeps_itself_to_itself(sweep: Sweep) -> None:
    signed_in = sweep.cookies
    staff, guest = signed_in.split("; ")
    for pattern in get_routes(sweep.app):
        for sweep.cookies in ("", "login=wrong", staff, guest, signed_in):
            for ids in (sweep.ids, {}):
                headers = (await sweep.ask("GET", pattern, ids=ids)).headers
                policy = headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy, pattern
                assert "unsafe" not in policy, pattern
                assert "frame-ancestors 'none'" in policy, pattern
                assert "geolocation=()" in headers["Permissions-Policy"], pattern
                assert headers["X-Content-Type-Options"] == "nosniff", pattern
                assert headers["Cache-Control"] == "no-store", pattern
                assert headers["Referrer-Policy"] == "same-origin", pattern
                assert headers["Strict-Transport-Security"], pattern


async def test_nothing_is_changed_from_another_site(sweep: Sweep) -> None:
    before = await sweep.rows()
    for pattern in post_routes(sweep.app):
        for origin in ("https://evil.example", "null", "https://mediation.example.evil.example", ""):
            answer = await sweep.ask("POST", pattern, headers={**JSON, "Origin": origin})
            assert (answer.status, (await answer.json())["error"]["code"]) == (403, "foreign_origin"), (pattern, origin)
    assert await sweep.rows() == before


async def test_every_cookie_is_out_of_reach_of_scripts_and_other_sites(sweep: Sweep, settings: Settings) -> None:
    story, own = sweep.story, "https://mediation.example"
    login = await sweep.ask(
        "POST", "/login", data=f"username=pan&password={PASSWORD}".encode(),
        headers={"Origin": own, "Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    invitation = await sweep.database.write(lambda db: renew(db, story.mediator.actor(), story.mother.participant.id))
    token = token_of(load_key(settings.keys, "link"), invitation.id, invitation.version)
    redeemed = await sweep.ask(
        "POST", "/i/{invitation_id}/redeem", data=f'{{"token": "{token}"}}'.encode(),
        headers={"Origin": own, "Content-Type": "application/json", **JSON},
    )  # fmt: skip
    flags = {}
    for answer in (login, redeemed):
        for line in answer.headers.getall("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                flags[name] = (bool(morsel["httponly"]), bool(morsel["secure"]), morsel["samesite"])
    assert flags["login"] == flags[f"way_{invitation.id}"] == (True, True, "Lax")
    assert all(secure and samesite == "Lax" for _, secure, samesite in flags.values())
