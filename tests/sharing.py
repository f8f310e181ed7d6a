"""How two processes share the tests: whatever makes calls between browsers stays in one, so that calls never compete. Other
pages in a browser come last, when the calls are over, in whichever process is free."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

CALLS = {"journey", "media", "networks"}
PAGES = {"test_real_pages.py"}


class CallsTogether(LoadScopeScheduling):
    """Gives out whole files in the order of the collection; those with calls are one piece."""

    def _split_scope(self, nodeid: str) -> str:
        return "calls" if has_calls(nodeid) else str(_file(nodeid))


def has_calls(nodeid: str) -> bool:
    """Whether a test makes calls, or belongs to those that do."""
    return bool(CALLS & set(_file(nodeid).parts))


def only_pages(nodeid: str) -> bool:
    """Whether a test looks at pages in a browser, without calls between people."""
    return _file(nodeid).stem.endswith("_in_browser") or _file(nodeid).name in PAGES


def _file(nodeid: str) -> PurePosixPath:
    return PurePosixPath(nodeid.split("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> CallsTogether:
    """Called in the process that shares out."""
    config.option.loadscopereorder = False
    return CallsTogether(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The largest piece first, so that nobody waits for it; then what needs no browser."""
    items.sort(key=lambda item: (not has_calls(item.nodeid), only_pages(item.nodeid)))
