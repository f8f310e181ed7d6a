"""Backup and restore as docs/operations.md says, line by line."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.operations import written
from tests.services.workstation import start_workstation

ROOT = Path(__file__).resolve().parents[2]
SERVE = [sys.executable, "-m", "mediation", "serve"]
HERE = {"PYTHONPATH": str(ROOT)}


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
