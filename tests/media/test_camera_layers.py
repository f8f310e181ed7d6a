"""A real browser's camera in three sizes: what is sent when, and what a weak network of its own does to it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from playwright.async_api import Playwright

from signaling.media.sfu import vp8
from tests.browser.people import person_page
from tests.clips import make_clip
from tests.media.narrow_way import NarrowWay
from tests.media.scripted_client import Received, ScriptedClient
from tests.media.seeing import until_sends
from tests.media.stage import Stage
from tests.media.waiting import slack


class Watcher:
    """Somebody scripted who notes the size of the picture that comes, and how voices arrive."""

    def __init__(self, client: ScriptedClient) -> None:
        self.side: int | None = None
        self.voices: list[int] = []
        client.on_packet = self._take

    def _take(self, item: Received) -> None:
        if item.kind == "audio":
            self.voices.append(item.packet.sequence_number)
        elif not item.repaired:
            self.side = vp8.longer_side(item.packet.payload) or self.side

    def lost_voices(self) -> float:
        """The share of voice packets that is missing between the first and the last."""
        expected = (self.voices[-1] - self.voices[0] & 0xFFFF) + 1
        return 1 - len(set(self.voices)) / expected

    async def until(self, side: int, within: float = 20.0) -> None:
        """Wait until the picture that comes has this longer side."""
        start = time.monotonic()
        while self.side != side:
            assert time.monotonic() - start < within * slack(), self.side
            await asyncio.sleep(0.1)


@pytest.mark.browser
@pytest.mark.timeout(180)
async def test_a_camera_sends_what_is_wanted_and_what_its_network_carries(
    stage: Stage, playwright: Playwright, tmp_path: Path
) -> None:
    way = NarrowWay(stage.engine.ports[0])
    way.open()
    stage.ports["mother"] = way.port
    await stage.together("mother", "judge")
    client = ScriptedClient("judge", lambda offer: stage.engine.answer(stage.room, "judge", offer))
    await client.join(1)
    judge = Watcher(client)
    async with person_page(playwright, make_clip(tmp_path, "mother", (960, 540))) as page:
        await page.goto(f"{stage.url}?me=mother")
        await judge.until(960)
        await until_sends(page, "h")
        await stage.engine.prefer(stage.room, "judge", {"mother": 200})
        await judge.until(240)
        await until_sends(page, "l")
        await stage.engine.prefer(stage.room, "judge", {"mother": 1000})
        await judge.until(960)
        await until_sends(page, "h")
        way.rate_up = 200_000
        await judge.until(240)
        await asyncio.sleep(3)
        judge.voices.clear()
        await asyncio.sleep(3)
        assert judge.lost_voices() < 0.1
        assert judge.side == 240
    await client.close()
    way.close()
