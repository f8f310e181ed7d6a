"""Whose address counts against the limits of the login, with and without a proxy in front."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from mediation.config import Settings
from mediation.web.keys import SETTINGS
from mediation.web.proxy import behind_proxy


async def tell_address(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.remote} {request.match_info['name']}")


@pytest.mark.parametrize(
    ("trusted", "sent", "counted"),
    [
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "10.0.0.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7, nonsense", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("", "203.0.113.7", "127.0.0.1"),
        ("192.0.2.1", "203.0.113.7", "127.0.0.1"),
    ],
)
async def test_only_the_trusted_proxy_is_believed(trusted: str, sent: str, counted: str) -> None:
    app = web.Application(middlewares=[behind_proxy])
    app[SETTINGS] = Settings(trusted_proxy=trusted)
    app.router.add_get("/{name}", tell_address)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/who", headers={"X-Forwarded-For": sent} if sent else {})
        assert await answer.text() == f"{counted} who"
