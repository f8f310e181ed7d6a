"""Fixtures of the tests of the documents."""

from tests.live.conftest import small_hall

__all__ = ["small_hall"]
