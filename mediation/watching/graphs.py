"""Small graphs of the last minutes: pure, as points of SVG polylines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation.i18n import gettext as _
from mediation.live.quality import Sample

WIDTH, HEIGHT = 120, 28
SPAN = timedelta(minutes=5)
GAP = timedelta(seconds=15)  # between two samples: the line is broken


@dataclass(frozen=True)
class Graph:
    """`label` and the newest value in words; `lines`: the points of each unbroken line."""

    label: str
    newest: str
    worst: str
    lines: list[str]


def graphs(samples: Sequence[Sample], moment: datetime) -> list[Graph]:
    """Round trip, loss and bitrate of one participant."""
    shown = [sample for sample in samples if moment - sample.at <= SPAN]
    return [
        _graph(_("Round trip"), shown, moment, lambda each: each.round_trip, 200, lambda value: f"{value:.0f} ms"),
        _graph(_("Lost packets"), shown, moment, _percent, 10, lambda value: f"{value:.1f} %"),
        _graph(_("Sent by them"), shown, moment, lambda each: each.rate_in, 500, lambda value: f"{value:.0f} kbit/s"),
    ]


def _graph(
    label: str, samples: Sequence[Sample], moment: datetime, value_of: Callable[[Sample], float | None], top: float,
    told: Callable[[float], str],
) -> Graph:  # fmt: skip
    values = [(sample.at, value) for sample in samples if (value := value_of(sample)) is not None]
    if not values:
        return Graph(label, "–", "–", [])
    most = max(value for _at, value in values)
    return Graph(label, told(values[-1][1]), told(most), _lines(values, moment, max(top, most)))


def _lines(values: Sequence[tuple[datetime, float]], moment: datetime, top: float) -> list[str]:
    lines: list[list[str]] = []
    before: datetime | None = None
    for at, value in values:
        if before is None or at - before > GAP:
            lines.append([])
        x = WIDTH * (1 - (moment - at) / SPAN)
        y = HEIGHT - 1 - (HEIGHT - 2) * value / top
        lines[-1].append(f"{x:.1f},{y:.1f}")
        before = at
    return [" ".join(line) for line in lines]


def _percent(sample: Sample) -> float | None:
    return None if sample.loss is None else sample.loss * 100
