"""The set-up does only what is missing, and says what a person has to do."""

from pathlib import Path

import pytest

from tools.compiled_media import compile_media, next_step
from tools.debian import install_missing
from tools.progress import Stopped, done, fingerprint, remember, run, run_counting


@pytest.fixture
def nothing_installable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which we may not install packages: no apt-get in reach."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("nothing_installable")
def test_in_ci_a_missing_package_ends_the_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SystemExit, match=r"apt-get install -y poppler-utils$"):
        install_missing({"here": lambda: True, "poppler-utils": lambda: False}, "the tests")


@pytest.mark.usefixtures("nothing_installable")
def test_at_a_desk_it_is_named_and_the_tests_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    install_missing({"poppler-utils": lambda: False}, "the tests")
    assert "apt-get install -y poppler-utils\n" in capsys.readouterr().out


def test_a_stamp_holds_until_a_lock_changes(tmp_path: Path) -> None:
    lock, stamp = tmp_path / "some.lock", tmp_path / "stamp"
    lock.write_text("one")
    assert not done(stamp, fingerprint([lock], "word"))
    remember(stamp, fingerprint([lock], "word"))
    assert done(stamp, fingerprint([lock], "word"))
    assert not done(stamp, fingerprint([lock], "another word"))
    lock.write_text("two")
    assert not done(stamp, fingerprint([lock], "word"))


def test_a_command_that_fails_is_shown() -> None:
    with pytest.raises(SystemExit, match=r"it could not be done\nThe command was: false 'with words'"):
        run(["false", "with words"], "it could not be done")


def test_progress_counts_the_pieces(capsys: pytest.CaptureFixture[str]) -> None:
    script = "for n in $(seq 25); do echo Collecting piece-$n; echo noise; done"
    run_counting(["sh", "-c", script], ("Collecting ",), 25, "it could not be done")
    assert capsys.readouterr().out.split("\n") == ["    10 of 25: piece-10", "    20 of 25: piece-20", ""]


@pytest.mark.parametrize(
    ("state", "told", "ci", "step"),
    [
        ("compiled cpython-311-1234", False, False, ""),
        ("possible cpython-311-1234", False, False, "compile"),
        ("possible cpython-311-1234", True, False, ""),  # it failed before
        ("possible cpython-311-1234", True, True, "compile"),
        ("needs gcc python3-dev", False, False, "tell"),
        ("needs gcc python3-dev", True, False, ""),
        ("off", False, False, ""),
    ],
)
def test_media_are_compiled_where_that_can_be_done_and_once(
    state: str, told: bool, ci: bool, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true" if ci else "")
    assert next_step(state, told) == step


def test_packages_of_the_compiler_that_do_not_come_are_asked_for_at_every_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def unreachable(which: str) -> None:
        raise Stopped("nothing could be fetched")

    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("tools.compiled_media.PROGRAM", ["echo", "possible this-one"])
    monkeypatch.setattr("tools.compiled_media.TOLD", tmp_path / "told")
    monkeypatch.setattr("tools.compiled_media.install", unreachable)
    for _ in range(2):
        compile_media()
    assert capsys.readouterr().out.count("nothing could be fetched") == 2


@pytest.mark.parametrize(("builds", "tries"), [("true", 2), ("false", 1)])
def test_a_compiler_that_fails_is_tried_once_and_the_start_goes_on(
    builds: str, tries: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("CI", raising=False)
    program = ["sh", "-c", f'if [ "$1" ]; then echo possible this-one; else {builds}; fi', "program"]
    monkeypatch.setattr("tools.compiled_media.PROGRAM", program)
    monkeypatch.setattr("tools.compiled_media.TOLD", tmp_path / "told")
    monkeypatch.setattr("tools.compiled_media.install", lambda which: None)
    for _ in range(2):
        compile_media()
    printed = capsys.readouterr().out
    assert printed.count("compiling the media forwarder") == tries
    assert ("could not be compiled" in printed) is (builds == "false")
