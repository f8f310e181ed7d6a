"""Chromium processes of people with their own camera and microphone clips."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, Playwright

from tests.clips import Clip

PROBES = Path(__file__).with_name("probes.js")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

# A page with this script sends its camera in H264, as some phones do.
ONLY_H264 = """
const add = RTCPeerConnection.prototype.addTransceiver;
RTCPeerConnection.prototype.addTransceiver = function (what, init) {
  const line = add.call(this, what, init);
  if (line.receiver.track.kind === 'video' && init.direction === 'sendonly') {
    const codecs = RTCRtpSender.getCapabilities('video').codecs;
    line.setCodecPreferences(codecs.filter((c) => /H264|rtx/.test(c.mimeType)));
  }
  return line;
};
"""


def chromium() -> str | None:
    """The Chromium of this machine, None if there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


async def open_browser(
    playwright: Playwright, clip: Clip | None, program: str | None = None, more: Sequence[str] = ()
) -> Browser:
    """A browser whose camera and microphone are the clip's; without one, Chromium has no devices at all.

    `program` starts it in its own way, `more` are further flags.
    """
    flags = [*FLAGS, *more]
    if clip:
        flags += [
            f"--use-file-for-fake-video-capture={clip.camera}",
            f"--use-file-for-fake-audio-capture={clip.microphone}",
        ]
    else:
        flags.remove("--use-fake-device-for-media-stream")
    return await playwright.chromium.launch(executable_path=program or chromium(), headless=True, args=flags)


@asynccontextmanager
async def person_page(
    playwright: Playwright, clip: Clip | None, program: str | None = None, more: Sequence[str] = ()
) -> AsyncIterator[Page]:
    """A page in a browser of its own, with `window.probes`."""
    browser = await open_browser(playwright, clip, program, more)
    try:
        context = await browser.new_context(permissions=["camera", "microphone"] if clip else [])
        page = await context.new_page()
        await page.add_init_script(path=PROBES)
        yield page
    finally:
        await browser.close()
