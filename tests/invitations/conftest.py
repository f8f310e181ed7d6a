"""What the browser tests of the link's page need of the machine."""

from tests.services.programs import chromium_path

__all__ = ["chromium_path"]
