"""``python -m bench``: every figure, or with ``ONLY=media`` one area; ``QUICK=1`` for the short form."""

from __future__ import annotations

import asyncio
import os
import sys

from bench import media

AREAS = {"media": media.measure}


def main() -> None:
    """Measure the areas that are asked for."""
    only = os.environ.get("ONLY")
    if only and only not in AREAS:
        sys.exit(f"ONLY={only} is none of {', '.join(AREAS)}")
    for name, measure in AREAS.items():
        if only in (None, "", name):
            asyncio.run(measure(quick=bool(os.environ.get("QUICK"))))


if __name__ == "__main__":
    main()
