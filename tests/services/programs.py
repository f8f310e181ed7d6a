"""Programs that tests drive. A missing one is a failure in CI, a skipped test at a desk."""

import os
import shutil
from typing import NoReturn

import pytest

from tools.debian import in_ci


def missing(service: str) -> NoReturn:
    """End this test because `service` isn't here: failed when CI=true, else skipped with the reason."""
    reason = f"{service} is not installed; `make test` installs it where it may"
    if in_ci():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def program(*names: str) -> str:
    """Path of the first of these programs that is installed; ends the test when none is."""
    for name in names:
        if path := shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"):
            return path
    missing(names[0])


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of the machine's Chromium, for `launch(executable_path=...)`."""
    return program("chromium", "chromium-browser", "google-chrome")
