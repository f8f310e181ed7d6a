"""The command line: a first administrator, the journal's proof, the demo for programs, settings that can't be used."""

import json
import socket
import sqlite3
from pathlib import Path

import pytest

from mediation.cli import main


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, *argv: str, **settings: str
) -> tuple[int, str, str]:
    """Exit code and what was printed."""
    monkeypatch.setenv("DATA_DIR", str(folder))
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(argv)
    out, err = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 1), out, err if isinstance(code, int) else f"{err}{code}"


ADMIN = ("create-admin", "--username", "root", "--name", "何管理", "--organisation", "远山县妇女联合会")


def test_a_real_start_has_an_administrator_and_no_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = run(monkeypatch, capsys, tmp_path, *ADMIN, "--password", "rot-grün-blau-77")
    assert (code, "/login" in out, "rot-grün-blau-77" in out) == (0, True, False)
    code, _, err = run(monkeypatch, capsys, tmp_path, *ADMIN, "--password", "rot-grün-blau-77")
    assert code == 1
    assert err.strip()
    code, out, _ = run(monkeypatch, capsys, tmp_path, *ADMIN[:2], "second", *ADMIN[3:])
    assert code == 0
    assert "Password: " in out
    with sqlite3.connect(tmp_path / "mediation.db") as db:
        assert db.execute("SELECT username FROM staff ORDER BY username").fetchall() == [("root",), ("second",)]
        assert db.execute("SELECT count(*) FROM organisation").fetchone() == (1,)
        assert db.execute("SELECT count(*) FROM case_file").fetchone() == (0,)
    db.close()
    code, _, err = run(monkeypatch, capsys, tmp_path, "demo", "--json", DEMO="false")
    assert code == 1
    assert "no demo" in err


def test_the_journal_is_proved_or_the_broken_entry_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(monkeypatch, capsys, tmp_path, *ADMIN, "--password", "rot-grün-blau-77")
    code, out, _ = run(monkeypatch, capsys, tmp_path, "journal", "verify")
    assert code == 0
    assert "entries hold" in out
    with sqlite3.connect(tmp_path / "mediation.db") as db:
        db.execute("UPDATE journal_entry SET actor = 'staff:somebody' WHERE seq = 2")
    db.close()
    code, _, err = run(monkeypatch, capsys, tmp_path, "journal", "verify")
    assert code == 1
    assert "entry 2" in err


def test_the_demo_is_told_to_programs_only_where_there_may_be_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(monkeypatch, capsys, tmp_path, "migrate")
    code, out, _ = run(monkeypatch, capsys, tmp_path, "demo", "--json")
    assert code == 0
    assert json.loads(out) == {"address": "http://127.0.0.1:8080", "staff": {}, "session": None}
    code, _, err = run(monkeypatch, capsys, tmp_path, "demo", "--json", HOST="0.0.0.0")
    assert code == 1
    assert "no demo" in err


def test_settings_that_can_not_be_used_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = run(monkeypatch, capsys, tmp_path, "migrate", PORT="eighty")
    assert code == 1
    assert "PORT" in err


@pytest.mark.parametrize("command", [("journal", "verify"), ("demo", "--json"), ("recordings", "rotate-key")])
def test_where_nothing_ever_ran_a_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, command: tuple[str, ...]
) -> None:
    code, _, err = run(monkeypatch, capsys, tmp_path, *command)
    assert code == 1
    assert "mediation migrate" in err


@pytest.mark.parametrize(("kind", "setting"), [(socket.SOCK_DGRAM, "MEDIA_PORT"), (socket.SOCK_STREAM, "PORT")])
def test_a_taken_port_is_named_with_the_setting(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    kind: socket.SocketKind,
    setting: str,
) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        ports = {"PORT": "0", "MEDIA_PORT": "0", setting: str(taken.getsockname()[1])}
        code, out, _ = run(monkeypatch, capsys, tmp_path, "serve", DEMO="false", MEDIA_WORKERS="1", **ports)
    assert code == 1
    assert ports[setting] in out
    assert f"Set {setting} to another one." in out
