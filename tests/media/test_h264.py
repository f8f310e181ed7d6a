"""A browser that sends H264 only, as some phones do, is seen by one that prefers VP8."""

from __future__ import annotations

import pytest
from playwright.async_api import Playwright

from signaling.media.sfu import EmbeddedEngine
from tests.browser.people import ONLY_H264, person_page
from tests.clips import Clip
from tests.media.seeing import moves, until_seen
from tests.media.stage import Stage

CODECS = """async () => {
  const stats = [...(await stage.connection().getStats()).values()];
  return stats.filter((s) => s.type === 'inbound-rtp' && s.kind === 'video')
    .map((s) => stats.find((c) => c.id === s.codecId)?.mimeType);
}"""


@pytest.mark.browser
async def test_h264_is_forwarded(stage: Stage[EmbeddedEngine], playwright: Playwright, clips: dict[str, Clip]) -> None:
    await stage.together("mother", "mediator")
    async with (
        person_page(playwright, clips["mother"]) as phone,
        person_page(playwright, clips["mediator"]) as desk,
    ):
        await phone.add_init_script(ONLY_H264)
        await phone.goto(f"{stage.url}?me=mother")
        await desk.goto(f"{stage.url}?me=mediator")
        await until_seen(desk, "mother")
        await until_seen(phone, "mediator")
        await moves(desk)
        assert await desk.evaluate(CODECS) == ["video/H264"]
        assert await phone.evaluate(CODECS) == ["video/VP8"]
