"""A drawn signature as it comes from a browser: strokes of points, not a picture. Checked before it is kept."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mediation.errors import Invalid
from mediation.i18n import marked

LONGEST = 200_000  # characters of JSON; a careful signature has some 20,000
_MOST_POINTS = 5_000
_LEAST_EXTENT = 24.0  # CSS pixels; a dot is not a name
_WRITE = marked("Please write your name in the box.")

# x, y in CSS pixels, milliseconds since the first touch
_Point = tuple[
    Annotated[float, Field(ge=-50, le=4050)],
    Annotated[float, Field(ge=-50, le=4050)],
    Annotated[float, Field(ge=0, le=3_600_000)],
]
_Stroke = Annotated[list[_Point], Field(min_length=1, max_length=_MOST_POINTS)]


class _Drawing(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    width: float = Field(ge=50, le=4000)
    height: float = Field(ge=50, le=4000)
    strokes: list[_Stroke] = Field(max_length=300)


def drawing(text: str) -> dict[str, Any]:
    """The drawing to keep: {"width", "height", "strokes": [[[x, y, ms], …], …]}.

    Raises Invalid("signature_empty") when hardly anything is drawn, Invalid("signature_unreadable") for anything else.
    """
    if not text:
        raise Invalid("signature_empty", _WRITE, fields={"strokes": _WRITE})
    try:
        if len(text) > LONGEST:
            raise ValueError
        drawn = _Drawing.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError):
        again = "The signature could not be read. Please write it again."
        raise Invalid("signature_unreadable", again, fields={"strokes": again}) from None
    points = [point for stroke in drawn.strokes for point in stroke]
    if len(points) > _MOST_POINTS or _extent(points) < _LEAST_EXTENT:
        raise Invalid("signature_empty", _WRITE, fields={"strokes": _WRITE})
    return {
        "width": round(drawn.width, 1),
        "height": round(drawn.height, 1),
        "strokes": [[[round(x, 1), round(y, 1), round(ms)] for x, y, ms in stroke] for stroke in drawn.strokes],
    }


def _extent(points: list[tuple[float, float, float]]) -> float:
    if not points:
        return 0.0
    across, down = [point[0] for point in points], [point[1] for point in points]
    return max(max(across) - min(across), max(down) - min(down))
