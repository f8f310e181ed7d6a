"""What processes use, from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path


def cpu_seconds(pids: Iterable[int]) -> float:
    """Time on a core of all threads of these processes so far, to the nanosecond."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def memory_mb(pids: Iterable[int]) -> float:
    """Resident memory in MB."""
    return sum(_resident(Path(f"/proc/{pid}/status").read_text()) for pid in pids) / 1024


def _resident(status: str) -> int:
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def put_first() -> None:
    """Have us and what we started run before whatever else this machine does, so that this is measured and not the rest.

    Needs root; the scheduler weighs whole sessions of processes (autogroup), so that is what is set.
    """
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for pid in ("self", *children):
        with contextlib.suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text("-15")
