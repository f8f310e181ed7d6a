"""Fixtures of the network tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.networks.namespaces import Network


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """An empty internet of this module's tests."""
    with Network() as made:
        yield made
