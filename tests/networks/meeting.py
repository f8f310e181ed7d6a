"""A mediation whose people sit in different networks: the real program, coturn, and a Chromium on a host for each."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser.people import chromium
from tests.clips import Clip
from tests.journey.play import Play
from tests.networks.namespaces import Host, Network
from tests.networks.relay import MEDIA, RELAY, SECRET, relay
from tests.services.certificate import fingerprint
from tests.services.workstation import start_workstation

ROOT = Path(__file__).resolve().parents[2]
URL = f"http://{MEDIA}:8080"
TURN_URLS = f"turn:{RELAY}:3478?transport=udp,turn:{RELAY}:3478?transport=tcp,turns:{RELAY}:443?transport=tcp"
SETTINGS = {
    "PYTHONPATH": str(ROOT),
    "HOST": "0.0.0.0",
    "PORT": "8080",
    "PUBLIC_URL": URL,
    "DEMO": "yes",
    "MEDIA_ADDRESS": MEDIA,
    "MEDIA_PORT": "10000",
    "TURN_URLS": TURN_URLS,
    "TURN_SECRET": SECRET,
    "MEDIATOR_GRACE_SECONDS": "10",  # a busy test machine is silent at times
}


@asynccontextmanager
async def meeting(
    network: Network, people: dict[str, Host], folder: Path, clips: dict[str, Clip]
) -> AsyncIterator[Play]:
    """The workstation and the relay run; everybody's browser starts on their host."""
    server = network.host("server", MEDIA)
    with relay(network.host("relay", RELAY), folder):
        command = [sys.executable, "-m", "mediation", "serve"]
        station = server.inside(start_workstation, command, folder, SETTINGS, 120)
        station.url = URL
        try:
            async with async_playwright() as playwright, AsyncExitStack() as stack:
                play = Play(station, folder / "data", playwright, clips, stack)
                play.programs = {name: str(host.starter(folder, str(chromium()))) for name, host in people.items()}
                play.flags = [
                    f"--unsafely-treat-insecure-origin-as-secure={URL}",
                    f"--ignore-certificate-errors-spki-list={fingerprint(folder / 'certificate.pem')}",
                ]
                play.read_demo()
                yield play
        finally:
            station.stop()
