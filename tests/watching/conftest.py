"""What the tests of the live page need of the machine."""

from tests.services.programs import chromium_path

__all__ = ["chromium_path"]
