"""A real server with sockets."""

from tests.signaling.conftest import grace, hub

__all__ = ["grace", "hub"]
