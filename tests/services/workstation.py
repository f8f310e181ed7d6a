"""The real program as its own process, as an installation runs it: started, waited for, ended by its process group."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Command = Sequence[str] | Callable[[Mapping[str, str]], Sequence[str]]


@dataclass
class Workstation:
    """A running workstation in a process group of its own."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    mark: str

    def printed(self) -> str:
        """Everything that it has printed until now."""
        return self.log.read_text(errors="replace")

    def processes(self) -> list[int]:
        """Process ids of everything that it started and that still runs, in whatever group or session."""
        found = []
        for environ in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark.encode() in environ.read_bytes().split(b"\0"):
                    found.append(int(environ.parent.name))
            except OSError:
                continue  # ended meanwhile, or not ours to look at
        return found

    def stop(self, wait: float = 15) -> int:
        """Ctrl-C: SIGINT to the whole group, as a terminal does. Returns the exit code; kills what is left."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(wait)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody used a moment ago."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_workstation(
    command: Command, folder: Path, settings: Mapping[str, str] | None = None, wait: float = 60
) -> Workstation:
    """Start `command` with its data below `folder` and wait until /healthz says 200.

    `command` may be a function that makes it of the settings, where they can't be handed on by the environment.
    Raises RuntimeError with what was printed when it ends or is not healthy within `wait` seconds.
    """
    for _ in range(2):
        try:
            return _start(command, folder, settings, wait)
        except RuntimeError as error:
            if "in use" not in str(error):
                raise  # else somebody else was given one of the ports meanwhile
    return _start(command, folder, settings, wait)


def _start(command: Command, folder: Path, settings: Mapping[str, str] | None, wait: float) -> Workstation:
    folder.mkdir(parents=True, exist_ok=True)
    port = int((settings or {}).get("PORT", "0")) or free_port()
    own = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "MEDIA_PORT": str(free_port(socket.SOCK_DGRAM)),
        "MEDIA_WORKERS": "1",  # the port after it may be taken
        "DATA_DIR": str(folder / "data"),
        "PYTHONUNBUFFERED": "1",
        "WORKSTATION_MARK": str(folder),
        **(settings or {}),
    }
    log = folder / "printed.log"
    with log.open("ab") as out:
        process = subprocess.Popen(
            command(own) if callable(command) else command,
            cwd=folder,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    station = Workstation(f"http://127.0.0.1:{port}", process, log, f"WORKSTATION_MARK={folder}")
    try:
        _wait_until_healthy(station, wait)
    except BaseException:
        station.stop()
        raise
    return station


def _wait_until_healthy(station: Workstation, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            with urllib.request.urlopen(f"{station.url}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        if station.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The workstation is not healthy after {wait} s:\n{station.printed()}")
        time.sleep(0.05)
