"""The blocks that docs/operations.md shows for copying."""

import re
from pathlib import Path

_TEXT = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text()


def written(heading: str, language: str) -> str:
    """The first block of that language below the heading."""
    below = _TEXT.split(f"\n## {heading}\n")[1]
    found = re.search(rf"```{language}\n(.*?)```", below, re.S)
    assert found, f"no {language} block below {heading}"
    return found[1]
