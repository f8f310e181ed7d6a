"""How a figure is printed."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value: absolute, `of` whichever server was measured, or a ratio `against` another.

    `compiled` says in which form this forwarder ran, where it has part in the value.
    """

    name: str
    value: float
    unit: str
    against: str | None = None
    of: str | None = None
    compiled: bool | None = None

    @property
    def form(self) -> str:
        """The same for people."""
        return {None: "", True: "compiled", False: "interpreted"}[self.compiled]


def show(title: str, figures: list[Figure]) -> None:
    """A table for people, then one JSON object per line for programs; what could not be measured has no line."""
    figures = [figure for figure in figures if math.isfinite(figure.value)]
    out = [f"\n{title}"]
    for figure in figures:
        whom = f"against {figure.against}" if figure.against else figure.of or ""
        out.append(f"  {figure.name:<36} {whom:<20} {figure.form:<11} {figure.value:>12.3f} {figure.unit}")
    sys.stdout.write("\n".join([*out, *map(_line, figures)]) + "\n")
    sys.stdout.flush()


def _line(figure: Figure) -> str:
    given = {key: value for key, value in asdict(figure).items() if value is not None}
    return json.dumps(given | {"value": round(figure.value, 6)}, ensure_ascii=False)
