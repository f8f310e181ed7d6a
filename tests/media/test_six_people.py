"""Six people at 640x480: three in Chromium, three scripted. Everybody gets the frames of everybody."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Page, Playwright

from signaling.media.engine import PicturesPaused
from signaling.media.sfu import EmbeddedEngine
from tests.browser.people import person_page
from tests.clips import LOOKS, make_clip
from tests.media.scripted_client import ScriptedClient
from tests.media.scripted_media import Player, Viewer, record
from tests.media.seeing import until_heard, until_seen
from tests.media.stage import Stage

BROWSERS, SCRIPTED = ("mediator", "mother", "father"), ("judge", "worker", "elder")
EVERYBODY = BROWSERS + SCRIPTED
SECONDS = float(os.environ.get("SIX_PEOPLE_SECONDS", "60"))
SIZE = (640, 480)
FIGURES = "stage.figures()"

Counts = dict[tuple[str, str], int]


class Six:
    """What was sent by each, and what each got of each."""

    def __init__(self, pages: dict[str, Page], players: dict[str, Player], viewers: dict[str, Viewer]) -> None:
        self.pages, self.players, self.viewers = pages, players, viewers

    async def count(self) -> tuple[dict[str, int], Counts]:
        """Frames sent by person, frames got by (receiver, source), until now."""
        sent = {name: player.frames_sent for name, player in self.players.items()}
        got: Counts = {}
        for name, viewer in self.viewers.items():
            got |= {(name, source): frames for source, frames in viewer.frames.items()}
        for name, page in self.pages.items():
            figures = await page.evaluate(FIGURES)
            sent[name] = figures["sent"]
            got |= {(name, source): entry["decoded"] for source, entry in figures["people"].items()}
        return sent, got


async def scripted(stage: Stage[EmbeddedEngine], name: str) -> ScriptedClient:
    async def answer(offer: str) -> str:
        return await stage.engine.answer(stage.room, name, offer)

    client = ScriptedClient(name, answer)
    await client.join(len(EVERYBODY) - 1)
    return client


@pytest.mark.browser
@pytest.mark.timeout(240)
async def test_six_people_get_the_frames_of_each_other(
    stage: Stage[EmbeddedEngine], playwright: Playwright, tmp_path: Path
) -> None:
    recordings = {name: record(name, SIZE) for name in SCRIPTED}
    async with AsyncExitStack() as stack:
        pages = {
            name: await stack.enter_async_context(person_page(playwright, make_clip(tmp_path, name, SIZE)))
            for name in BROWSERS
        }
        await stage.together(*EVERYBODY)
        clients = {name: await scripted(stage, name) for name in SCRIPTED}
        for client in clients.values():
            stack.push_async_callback(client.close)
        players = {name: Player(client, recordings[name]) for name, client in clients.items()}
        for player in players.values():
            stack.callback(player.stop)
        six = Six(pages, players, {name: Viewer(client) for name, client in clients.items()})
        for name, page in pages.items():
            await page.goto(f"{stage.url}?me={name}")
        for name, page in pages.items():
            await until_seen(page, *(other for other in EVERYBODY if other != name), within=30)
        await until_heard(pages["mother"], *(other for other in EVERYBODY if other != "mother"))
        sent_before, got_before = await six.count()
        await asyncio.sleep(SECONDS)
        sent, got = await six.count()
    assert not any(isinstance(event, PicturesPaused) for event in stage.events)
    shares = {
        link: (frames - got_before.get(link, 0)) / (sent[link[1]] - sent_before[link[1]])
        for link, frames in got.items()
    }
    assert set(shares) == {(receiver, source) for receiver in LOOKS for source in LOOKS if receiver != source}
    assert all(sent[name] - sent_before[name] > SECONDS * 8 for name in EVERYBODY), sent
    assert min(shares.values()) >= 0.9, {link: round(share, 2) for link, share in shares.items() if share < 0.9}
