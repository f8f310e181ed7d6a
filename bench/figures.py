"""How a figure is printed."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value. `against` names what a ratio compares with, None for an absolute value."""

    name: str
    value: float
    unit: str
    against: str | None = None


def show(title: str, figures: list[Figure]) -> None:
    """A table for people, then one JSON object per line for programs."""
    width = max(len(figure.name) for figure in figures)
    out = [f"\n{title}"]
    out += [f"  {f.name:<{width}}  {f.value:>10.3f} {f.unit}{f' of {f.against}' if f.against else ''}" for f in figures]
    out += [json.dumps({key: value for key, value in asdict(f).items() if value is not None}) for f in figures]
    sys.stdout.write("\n".join(out) + "\n")
