"""How two processes share the tests: whatever makes calls or drives a browser stays in one, so that these never compete."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

CALLS = {"journey", "media", "networks", "packaging", "recordings", "signaling", "watching"}
BROWSERS = {"test_real_pages.py"}


class CallsTogether(LoadScopeScheduling):
    """Gives out whole files; those with calls and browsers are one piece, which is given out first, being the largest."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.split("::")[0])
        calls = CALLS & set(path.parts) or path.stem.endswith("_in_browser") or path.name in BROWSERS
        return "calls" if calls else str(path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> CallsTogether:
    """Called in the process that shares out."""
    return CallsTogether(config, log)
