"""What processes use, from /proc."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator
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


@contextlib.contextmanager
def core_of_their_own(pids: Collection[int]) -> Iterator[None]:
    """Have these processes run on one core, and us and whatever else we started on the others.

    In life the people's browsers run elsewhere; on the same core they empty the server's caches between two packets.
    On a machine with one core nothing changes.
    """
    cores = sorted(os.sched_getaffinity(0))
    *others, own = cores
    if others:
        for pid in _family(os.getpid()):
            _bind(pid, {own} if pid in pids else set(others))
    try:
        yield
    finally:
        for pid in _family(os.getpid()):
            _bind(pid, set(cores))


def _family(pid: int) -> Iterator[int]:
    """The process and all that it started, directly or not."""
    yield pid
    with contextlib.suppress(OSError):
        for task in list(Path(f"/proc/{pid}/task").iterdir()):
            for child in (task / "children").read_text().split():
                yield from _family(int(child))


def _bind(pid: int, cores: set[int]) -> None:
    with contextlib.suppress(OSError):
        for task in list(Path(f"/proc/{pid}/task").iterdir()):
            os.sched_setaffinity(int(task.name), cores)
