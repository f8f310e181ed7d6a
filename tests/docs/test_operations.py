"""docs/operations.md is followed to the letter: backup, restore, and the proxy that adds TLS."""

import os
import re
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.certificate import write_certificate
from tests.services.programs import program
from tests.services.workstation import Workstation, free_port, start_workstation

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "operations.md").read_text()
SERVE = [sys.executable, "-m", "mediation", "serve"]
HERE = {"PYTHONPATH": str(ROOT)}


def written(heading: str, language: str) -> str:
    """The first block of that language below the heading."""
    below = TEXT.split(f"\n## {heading}\n")[1]
    found = re.search(rf"```{language}\n(.*?)```", below, re.S)
    assert found, f"no {language} block below {heading}"
    return found[1]


def follow(heading: str, data: Path, backup: Path) -> None:
    """Type the lines that the document shows."""
    paths = {"DATA_DIR": str(data), "BACKUP": str(backup)}
    subprocess.run(["sh", "-eu", "-c", written(heading, "sh")], env={**os.environ, **paths}, check=True)


def rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that a database holds, by table."""
    connection = sqlite3.connect(database)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables}
    finally:
        connection.close()


@pytest.mark.timeout(180)
def test_backup_of_a_running_workstation_and_restore(tmp_path: Path) -> None:
    station = start_workstation(SERVE, tmp_path / "old", HERE)
    try:
        follow("Backup", tmp_path / "old" / "data", tmp_path / "backup")
    finally:
        station.stop()
    follow("Restore", tmp_path / "new" / "data", tmp_path / "backup")
    kept = rows(tmp_path / "backup" / "mediation.db")
    assert kept["case_file"], "the backup holds the demo's case"
    assert rows(tmp_path / "new" / "data" / "mediation.db") == kept
    for key in (tmp_path / "old" / "data" / "keys").iterdir():
        restored = tmp_path / "new" / "data" / "keys" / key.name
        assert restored.read_bytes() == key.read_bytes()
        assert restored.stat().st_mode & 0o077 == 0

    verify = [sys.executable, "-m", "mediation", "journal", "verify"]
    environment = {**os.environ, "DATA_DIR": str(tmp_path / "new" / "data")}
    subprocess.run(verify, cwd=ROOT, env=environment, check=True)
    start_workstation(SERVE, tmp_path / "new", HERE).stop()


@pytest.fixture
def behind_nginx(tmp_path: Path) -> Iterator[tuple[Workstation, str, ssl.SSLContext]]:
    """A workstation, the https address of the documented nginx in front of it, and whom to trust."""
    nginx = program("nginx")
    port = free_port()
    address = f"https://localhost:{port}"
    settings = {**HERE, "PUBLIC_URL": address, "TRUSTED_PROXY": "127.0.0.1"}
    station = start_workstation(SERVE, tmp_path / "station", settings)
    certificate, key = write_certificate(tmp_path)
    site = written("TLS", "nginx")
    for documented, here in {
        "listen 443": f"listen 127.0.0.1:{port}",
        "mediation.example": "localhost",
        "/etc/ssl/mediation.pem": str(certificate),
        "/etc/ssl/mediation.key": str(key),
        "http://127.0.0.1:8080": station.url,
    }.items():
        assert documented in site
        site = site.replace(documented, here)
    folders = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = tmp_path / "nginx.conf"
    file.write_text(
        f"daemon off; master_process off; pid {tmp_path}/nginx.pid; error_log stderr;"
        f"events {{}} http {{ access_log off; {folders} {site} }}"
    )
    proxy = subprocess.Popen([nginx, "-c", str(file), "-e", "stderr"], stdin=subprocess.DEVNULL)
    try:
        yield station, address, ssl.create_default_context(cafile=str(certificate))
    finally:
        proxy.terminate()
        proxy.wait(10)
        station.stop()
