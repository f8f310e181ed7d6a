"""What the tests of privacy need: the server with calls of the signaling tests, as it stands where others can reach it."""

from pathlib import Path

import pytest

from mediation.config import Settings
from tests.signaling.conftest import grace, hub

__all__ = ["grace", "hub"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Without the demo's mailbox, which shows everybody's mail to whoever sits at the demo's own machine."""
    return Settings(data_dir=tmp_path, port=0, media_port=0, public_url="http://127.0.0.1:8080", mailbox=False)
