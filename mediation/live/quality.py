"""How a participant's connection is at a moment, and what of it is kept in the connection log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mediation.live.models import ConnectionSample

LAYERS = ("off", "low", "middle", "high")  # of pictures, from the worst


@dataclass(frozen=True, slots=True)
class Sample:
    """The few seconds before `at`. Round trip in ms; loss 0..1 of what was sent to them; rates in kbit/s.

    `layer` is the worst picture that they get of anybody. What the media engine can't tell is None.
    """

    at: datetime
    connected: bool
    round_trip: float | None = None
    loss: float | None = None
    rate_in: float = 0.0
    rate_out: float = 0.0
    layer: str | None = None


def kept(participant_id: str, samples: Sequence[Sample]) -> ConnectionSample:
    """Samples, oldest first, as one row: means, but of losses and layers the worst, so that no trouble is averaged away."""
    trips = [each.round_trip for each in samples if each.round_trip is not None]
    losses = [each.loss for each in samples if each.loss is not None]
    layers = [each.layer for each in samples if each.layer in LAYERS]
    return ConnectionSample(
        participant_id=participant_id,
        at=samples[0].at,
        connected=any(each.connected for each in samples),
        round_trip=round(sum(trips) / len(trips)) if trips else None,
        loss=round(max(losses) * 1000) if losses else None,
        rate_in=round(sum(each.rate_in for each in samples) / len(samples)),
        rate_out=round(sum(each.rate_out for each in samples) / len(samples)),
        layer=min(layers, key=LAYERS.index, default=None),
    )
