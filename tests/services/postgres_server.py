"""A PostgreSQL server for one test run: Debian's binaries, a temporary cluster, a unix socket only."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# Nothing here outlives the run, so nothing is flushed to disk.
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
}


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres` of the newest installed PostgreSQL, or None."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@dataclass
class PostgresServer:
    """A running cluster; everyone who reaches the socket folder is its superuser `postgres`."""

    binaries: Path
    folder: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        """SQLAlchemy URL of one of its databases."""
        return f"postgresql+asyncpg://postgres@/{database}?host={self.folder}"

    def sql(self, statement: str) -> None:
        """Run one administrative statement; raises CalledProcessError when it is refused."""
        psql = [
            f"{self.binaries}/psql",
            "-X",
            "-q",
            "-h",
            str(self.folder),
            "-U",
            "postgres",
            "-d",
            "postgres",
        ]
        command = [*psql, "-v", "ON_ERROR_STOP=1", "-c", statement]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    def stop(self) -> None:
        """End the server by its own process id and remove the cluster."""
        self.process.send_signal(signal.SIGINT)  # "fast": disconnects whoever is left
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)


def start_server(binaries: Path) -> PostgresServer:
    """Make a cluster and start it; raises RuntimeError with the server's log when it doesn't come up in 20 s.

    PostgreSQL refuses to run as root, so root starts it as nobody, with the cluster in /tmp: a folder below
    root's home can't be entered.
    """
    folder = Path(tempfile.mkdtemp(prefix="mediation-pg-", dir="/tmp"))
    # The kernel ends the server with the test run, also when that is killed.
    user = ["setpriv", "--pdeathsig=INT"]
    if os.geteuid() == 0:
        user += ["--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    initdb = [f"{binaries}/initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"]
    locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
    subprocess.run([*user, *initdb, *locale], check=True, capture_output=True, cwd="/")
    settings = [f"--{name}={value}" for name, value in _OPTIONS.items()]
    with (folder / "log").open("wb") as log:
        command = [*user, f"{binaries}/postgres", "-D", str(data), "-k", str(folder), *settings]
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/")
    server = PostgresServer(binaries, folder, process)
    _wait_until_ready(server)
    return server


def _wait_until_ready(server: PostgresServer) -> None:
    ready = [f"{server.binaries}/pg_isready", "-q", "-h", str(server.folder)]
    deadline = time.monotonic() + 20
    while subprocess.run(ready, check=False).returncode != 0:
        if server.process.poll() is not None or time.monotonic() > deadline:
            log = (server.folder / "log").read_text(errors="replace")
            server.stop()
            raise RuntimeError(f"PostgreSQL did not start:\n{log}")
        time.sleep(0.05)
