"""coturn with the configuration that docs/operations.md shows, on a host of a test network."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docs.operations import written
from tests.networks.namespaces import Host
from tests.services.certificate import write_certificate
from tests.services.programs import program

MEDIA, RELAY = "198.51.100.20", "198.51.100.21"
SECRET = "a secret of the relay and the workstation"


def configuration(folder: Path, more: str) -> Path:
    """The documented text with the secret and the files of this test, and lines `more`."""
    certificate, key = write_certificate(folder)
    text = written("Networks that let no UDP through", "ini")
    for documented, here in {
        "/etc/ssl/turn.pem": str(certificate),
        "/etc/ssl/turn.key": str(key),
        "THE-TURN-SECRET": SECRET,
    }.items():
        assert documented in text
        text = text.replace(documented, here)
    file = folder / "turnserver.conf"
    file.write_text(text + more)
    return file


@contextmanager
def relay(host: Host, folder: Path, more: str = "") -> Iterator[Path]:
    """Start coturn on this host, with lines `more` in its configuration, and wait until it listens; gives the file of
    what it prints."""
    log = folder / "turnserver.log"
    command = [
        program("turnserver"),
        "-c",
        str(configuration(folder, more)),
        "--pidfile",
        str(folder / "turnserver.pid"),
    ]
    with log.open("wb") as out:
        process = host.inside(subprocess.Popen, command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        host.inside(_until_open, process, log)
        yield log
    finally:
        process.terminate()
        process.wait(10)


def _until_open(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection((RELAY, 443), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"coturn does not listen:\n{log.read_text(errors='replace')}")
