"""Say what is being done, stop with a sentence a person can act on, and remember what is already done."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def say(text: str) -> None:
    """Print one line of progress at once, also when the output is a pipe."""
    print(f"==> {text}", flush=True)


class Stopped(SystemExit):
    """Ends the set-up with a sentence that says what to do, unless it can go on without this step."""

    def __init__(self, text: str) -> None:
        super().__init__(f"\nSet-up stopped: {text}")
        self.text = text


def stop(text: str) -> NoReturn:
    """End the set-up with a sentence that says what to do."""
    raise Stopped(text)


def run(command: Sequence[str], failing: str, env: Mapping[str, str] | None = None, attempts: int = 1) -> None:
    """Run a command with its output shown; stop with `failing` when it does not succeed.

    `attempts` above one is for downloads: a registry that answers 503 once is asked again after a pause.
    """
    for attempt in range(1, attempts + 1):
        try:
            ended = subprocess.run(command, cwd=ROOT, check=False, env=env, stdin=subprocess.DEVNULL)
        except FileNotFoundError:
            stop(f"{failing} ({command[0]} is not installed)")
        if ended.returncode == 0:
            return
        if attempt < attempts:
            say(f"did not work, trying again ({attempt + 1} of {attempts})")
            time.sleep(5 * attempt)
    stop(f"{failing}\nThe command was: {shlex.join(command)}")


def run_counting(command: Sequence[str], counted: tuple[str, ...], total: int, failing: str) -> None:
    """Run a command that prints a line beginning with one of `counted` per piece of work; show how far it is.

    On a terminal the line is rewritten in place, in a log every tenth piece is named. Three attempts.
    """
    for attempt in range(1, 4):
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as child:
            pieces = (line.split()[1] for line in child.stdout or () if line.startswith(counted))
            for count, piece in enumerate(pieces, 1):
                _show(f"    {count} of {total}: {Path(piece).name}", worth_a_line=count % 10 == 0)
        if child.returncode == 0:
            return
        if attempt < 3:
            say("did not work, trying again")
            time.sleep(5 * attempt)
    stop(f"{failing}\nThe command was: {shlex.join(command)}")


def _show(text: str, worth_a_line: bool) -> None:
    if sys.stdout.isatty():
        print(f"\r{text:<70}\r", end="", flush=True)
    elif worth_a_line:
        print(text, flush=True)


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """SHA-256 over the contents of the files and the words: changes when one of them does."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes() + b"\0")
    for word in words:
        digest.update(word.encode() + b"\0")
    return digest.hexdigest()


def done(stamp: Path, mark: str) -> bool:
    """Whether the step of this stamp was completed before with the same inputs."""
    return stamp.is_file() and stamp.read_text() == mark


def remember(stamp: Path, mark: str) -> None:
    """Note that the step is complete; called only after it succeeded. The stamp lies in the folder it made."""
    stamp.write_text(mark)
