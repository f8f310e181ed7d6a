"""The whole workstation on Janus: seats, sockets and a call, with the settings that an installation has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from mediation.app import create_app
from mediation.config import Settings
from mediation.db import Database
from signaling.media.engine import PeerStats
from tests.live.hall import Hall
from tests.media.apart_client import ApartClient
from tests.media.janus_server import run_janus
from tests.media.waiting import until
from tests.signaling.client import Tab
from tests.signaling.hub import Hub
from tests.story import Story


class OverSocket:
    """The media commands of one tab, in the words of an engine."""

    def __init__(self, hub: Hub, tab: Tab) -> None:
        self._hub, self._tab = hub, tab

    async def answer(self, _room: str, _peer: str, offer: str) -> str:
        return str((await self._tab.do("offer", sdp=offer))["sdp"])

    async def offer(self, _room: str, _peer: str, number: str, restart: bool) -> str:
        return str((await self._tab.do("receive", number=number, restart=restart))["sdp"])

    async def accept(self, _room: str, _peer: str, answer: str) -> None:
        assert await self._tab.do("receive", answer=answer) == {"sdp": ""}

    async def stats(self, _room: str) -> dict[str, PeerStats]:
        return await self._hub.signaling.engine.stats(self._hub.hall.session)


@pytest.fixture
async def hub(
    settings: Settings, sqlite: Database, story: Story, tmp_path: Path, janus_address: str
) -> AsyncIterator[Hub]:
    """A server whose media engine is a Janus."""
    async with run_janus(tmp_path / "janus", janus_address) as janus:
        on_janus = {
            "media_engine": "janus",
            "janus_servers": janus.url,
            "janus_api_secret": janus.api_secret,
            "janus_admin_secret": janus.admin_secret,
            "media_address": janus_address,
            "mediator_grace_seconds": 10,
        }
        server = TestServer(create_app(settings.model_copy(update=on_janus), database=sqlite))
        await server.start_server()
        made = Hub(server, Hall(sqlite, story), settings.model_copy(update=on_janus))
        await made.hall.consent("mother", "father")
        yield made
        for tab in made.tabs:
            await tab.close()
        await server.close()


async def test_a_caucus_is_private(hub: Hub) -> None:
    tabs = dict(zip(("mediator", "mother", "father"), await hub.together(), strict=True))
    ids, session = hub.hall.ids, hub.hall.session
    address = hub.settings.media_address
    people = {
        name: ApartClient(ids[name], session, OverSocket(hub, tab), address)  # type: ignore[arg-type]
        for name, tab in tabs.items()
    }
    for client in people.values():
        await client.join(publish=("audio",))
    for client in people.values():
        await client.negotiate()

    def heard(listener: str, word: bytes) -> set[str]:
        got = people[listener].received
        return {name for name in ids for item in got if item.source == ids[name] and item.packet.payload == word}

    for name, client in people.items():
        client.send("audio", b"all " + name.encode())
    await until(lambda: heard("father", b"all mother") == {"mother"})
    await until(lambda: heard("mother", b"all father") == {"father"})

    await tabs["mediator"].do("caucus", side="applicant")
    for name, client in people.items():
        client.send("audio", b"apart " + name.encode())
    await until(lambda: heard("mediator", b"apart mother") == {"mother"})
    await asyncio.sleep(0.2)
    assert not any(item.packet.payload.startswith(b"apart") for item in people["father"].received)
    assert hub.signaling.healthy
    for client in people.values():
        await client.close()
