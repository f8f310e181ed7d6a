"""Fixture: `janus_address`, the address of this machine that the Janus servers of a whole run have for media.

Where several processes share the tests, one address is made before they start and taken away after they ended: a Chromium
that loads a page while an interface comes or goes breaks off (ERR_NETWORK_CHANGED).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from xdist.workermanage import WorkerController

from tests.media.janus_server import media_address, missing, require_janus

MADE = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def janus_address(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address that Janus takes."""
    require_janus()
    shared: dict[str, str] = getattr(request.config, "workerinput", {})
    if "janus_address" in shared:
        yield shared["janus_address"]
        return
    with media_address() as address:
        yield address


def pytest_configure_node(node: WorkerController) -> None:
    """Called in the process that shares out, for each of the others."""
    config = node.config
    if missing() is not None:
        return
    if MADE not in config.stash:
        stack = ExitStack()
        config.stash[MADE] = stack.enter_context(media_address())
        config.add_cleanup(stack.close)
    node.workerinput["janus_address"] = config.stash[MADE]
