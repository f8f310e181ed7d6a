"""Behind the nginx of docs/operations.md: pages, cookies, sockets, origins and addresses are right over https."""

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mediation.invitations.consents import TEXT_VERSION
from tests.docs.operations import written
from tests.services.certificate import write_certificate
from tests.services.programs import program
from tests.services.workstation import free_port, start_workstation

ROOT = Path(__file__).resolve().parents[2]
MEDIATION = [sys.executable, "-m", "mediation"]


@dataclass
class Site:
    """The https address, whom to trust for it, and what the demo behind it holds."""

    address: str
    trust: ssl.SSLContext
    demo: dict[str, Any]


def configuration(folder: Path, upstream: str, port: int) -> Path:
    """The documented server block with the addresses and files of this test, and what nginx needs around it."""
    certificate, key = write_certificate(folder)
    site = written("TLS", "nginx")
    for documented, here in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "mediation.example": "localhost",
        "/etc/ssl/mediation.pem": str(certificate),
        "/etc/ssl/mediation.key": str(key),
        "http://127.0.0.1:8080": upstream,
    }.items():
        assert documented in site
        site = site.replace(documented, here)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;"
        f"events {{}} http {{ access_log off; {folders} {site} }}"
    )
    return file


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A workstation with the demo behind nginx."""
    nginx = program("nginx")
    folder, port = tmp_path_factory.mktemp("tls"), free_port()
    address = f"https://localhost:{port}"
    settings = {
        "PYTHONPATH": str(ROOT),
        "PUBLIC_URL": address,
        "TRUSTED_PROXY": "127.0.0.1",
        "DATA_DIR": str(folder / "data"),
    }
    station = start_workstation([*MEDIATION, "serve"], folder, settings)
    command = [nginx, "-c", str(configuration(folder, station.url, port)), "-e", "stderr"]
    proxy = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        told = subprocess.run(
            [*MEDIATION, "demo", "--json"], cwd=ROOT, env={**os.environ, **settings}, check=True, capture_output=True
        )
        _until_open(port)
        trust = ssl.create_default_context(cafile=str(folder / "certificate.pem"))
        yield Site(address, trust, json.loads(told.stdout))
    finally:
        proxy.terminate()
        proxy.wait(10)
        station.stop()


def _until_open(port: int) -> None:
    """The proxy listens."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "nginx does not listen"
            time.sleep(0.05)


async def test_the_link_is_redeemed_and_the_socket_opens(site: Site) -> None:
    session = site.demo["session"]
    link = next(p["link"] for p in session["participants"] if p["role"] == "applicant")
    assert link.startswith(f"{site.address}/i/")
    way, _, token = link.partition("#")
    connector = aiohttp.TCPConnector(ssl=site.trust)
    async with aiohttp.ClientSession(connector=connector, headers={"Origin": site.address}) as browser:
        async with browser.post(f"{way}/redeem", json={"token": token}) as answer:
            assert answer.status == 200, await answer.text()
            assert all(cookie["secure"] for cookie in answer.cookies.values())
            assert answer.cookies[f"way_{way.rpartition('/')[2]}"]["httponly"]
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
        consent = {"given": "true", "version": TEXT_VERSION}
        async with browser.post(f"{way}/consent", data=consent, headers={"Referer": way}) as answer:
            assert answer.status == 200, await answer.text()
        sockets = f"{site.address}/socket.io/?EIO=4&transport=websocket"
        async with browser.ws_connect(sockets) as opened:
            assert (await opened.receive_str()).startswith("0{")
            await opened.send_str("40" + json.dumps({"invitation": way.rpartition("/")[2]}))
            assert (await opened.receive_str()).startswith("40{"), "connected"


async def test_another_site_is_refused(site: Site) -> None:
    connector = aiohttp.TCPConnector(ssl=site.trust)
    async with aiohttp.ClientSession(connector=connector, cookies={"login": "something"}) as browser:
        foreign = {"Origin": "https://elsewhere.example"}
        async with browser.post(f"{site.address}/login", headers=foreign) as answer:
            assert answer.status == 403


async def test_metrics_are_not_public(site: Site) -> None:
    connector = aiohttp.TCPConnector(ssl=site.trust)
    async with aiohttp.ClientSession(connector=connector) as browser, browser.get(f"{site.address}/metrics") as answer:
        assert answer.status == 403
