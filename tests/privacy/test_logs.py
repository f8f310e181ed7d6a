"""Nothing secret or personal is printed or left in a file beside database, mail and documents, whatever happens."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, CookieJar

from tests.services.workstation import Workstation, start_workstation

ROOT = Path(__file__).parent.parent.parent
PERSON = {
    "name": "夏侯若兰", "called": "夏侯女士", "phone": "13855550009", "email": "xiahou@planted.example",
    "address": "青禾市梧桐巷戊五号", "identity_number": "11010519491231002X",
}  # fmt: skip
UNREADABLE = "cookie-of-a-broken-request-88"
# What is meant to hold them; the demo keeps its own passwords to show them again.
KEPT = ("mediation.db", "mail/", "sms/", "documents/", "keys/", "demo-passwords.json")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A demo, whose passwords and links are known."""
    return {"PYTHONPATH": str(ROOT)}


async def test_nothing_private_is_printed_or_left_in_files(tmp_path: Path, environment: dict[str, str]) -> None:
    station = start_workstation([sys.executable, "-m", "mediation", "serve"], tmp_path, environment, wait=100)
    try:
        started = await _announced(station)
        data = tmp_path / "data"
        told = {**os.environ, "DATA_DIR": str(data), "PUBLIC_URL": station.url}
        demo = json.loads(subprocess.check_output([sys.executable, "-m", "mediation", "demo", "--json"], env=told))
        secrets = await _live_through(station.url, demo)
    finally:
        station.stop()
    printed = station.printed()[len(started) :]
    assert "A request could not be read" in printed
    assert "127.0.0.1" not in printed
    left = {
        str(path.relative_to(data)): path.read_bytes().decode(errors="replace")
        for path in data.rglob("*")
        if path.is_file() and not str(path.relative_to(data)).startswith(KEPT)
    }
    assert len(secrets) > 12
    assert [secret for secret in secrets if secret in printed] == []
    assert [(name, secret) for name, text in left.items() for secret in secrets if secret in text] == []
    assert any(secret.encode() in path.read_bytes() for path in data.glob("mediation.db*") for secret in secrets)


async def _announced(station: Workstation) -> str:
    """What is printed at the start, whole: healthy comes first, addresses and logins follow."""
    for _ in range(200):
        if f"{station.url}/mailbox" in station.printed():
            break
        await asyncio.sleep(0.1)
    return station.printed()


async def _live_through(url: str, demo: dict[str, object]) -> list[str]:
    """Sign in rightly and wrongly, redeem a link, add a person, send what can't be read; gives all that is secret."""
    staff, session = demo["staff"], demo["session"]
    assert isinstance(staff, dict)
    assert isinstance(session, dict)
    worker = staff["federation"]
    links = [each["link"] for each in session["participants"] if each["link"].count("#")]
    secrets = [login["password"] for login in staff.values()] + [link.partition("#")[2] for link in links]
    async with ClientSession(headers={"Origin": url}, cookie_jar=CookieJar(unsafe=True)) as browser:
        wrong = {"username": worker["username"], "password": "wrong-secret-41"}
        await browser.post(f"{url}/login", data=wrong)
        entered = {"username": worker["username"], "password": worker["password"]}
        async with browser.post(f"{url}/login", data=entered, allow_redirects=False) as answer:
            assert answer.status == 303
        for link in links[:2]:
            page, _, token = link.partition("#")
            await browser.post(f"{page}/redeem", json={"token": token[:-1] + "x"})
            async with browser.post(f"{page}/redeem", json={"token": token}) as answer:
                assert answer.status == 200
            async with browser.get(page) as answer:
                assert answer.status == 200
        async with browser.post(f"{url}/people/new", data=PERSON, allow_redirects=False) as answer:
            assert answer.status == 303, await answer.text()
            person = answer.headers["Location"]
        await browser.post(f"{url}{person}/contact")
        await browser.get(f"{url}/people", params={"q": PERSON["phone"]})
        await browser.post(f"{url}{person}/edit", data=b"\xff", headers={"Content-Type": "application/json"})
        await browser.get(f"{url}/people/{PERSON['phone']}")
        await browser.get(f"{url}/socket.io/", params={"EIO": "4", "transport": "polling"})
        await _send_what_can_not_be_read(url)
        cookies = [cookie.value for cookie in browser.cookie_jar if cookie.key.startswith(("login", "way_"))]
    number = PERSON["identity_number"]
    private = [PERSON["phone"], PERSON["email"], PERSON["address"], number, number[6:14]]
    return [*secrets, "wrong-secret-41", UNREADABLE, *cookies, *private, *_demo_contacts()]


async def _send_what_can_not_be_read(url: str) -> None:
    """Requests that the server refuses before anything of ours sees them."""
    place = urlsplit(url)
    assert place.hostname
    for head in (f"GET / HTTP/1.1\r\nCookie: login={UNREADABLE}\x01", f"GET / HTTP/1.1\r\nCookie login={UNREADABLE}"):
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(f"{head}\r\n\r\n".encode())
        assert b" 400 " in await reader.readline()
        writer.close()
        await writer.wait_closed()


def _demo_contacts() -> list[str]:
    """Phones and mail addresses of the demo's people."""
    source = (ROOT / "mediation" / "demo" / "cast.py").read_text() + (ROOT / "mediation/demo/telling.py").read_text()
    return sorted(set(re.findall(r'"(1[3-9]\d{9}|[\w.]+@[\w.]+)"', source)))
