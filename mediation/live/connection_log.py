"""Read the connection log: what happened to each participant's connection in a session, line by line, and how good it was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.live.kinds import MEANT, Ending
from mediation.live.models import ConnectionSample, ConnectionSpan
from mediation.live.quality import LAYERS
from mediation.people.models import Person
from mediation.sessions.models import MediationSession, Participant
from mediation.sessions.queries import participants_of


class Step(StrEnum):
    """What a line of the log tells."""

    JOINED = "joined"
    ENDED = "ended"
    CAME_BACK = "came_back"


@dataclass(frozen=True)
class Line:
    """One line; of an ending why, and when they were back (None: they were not)."""

    at: datetime
    step: Step
    why: Ending | None = None
    back_at: datetime | None = None

    @property
    def is_loss(self) -> bool:
        """Whether it happened to them: neither what they did nor what was decided."""
        return self.why is not None and self.why not in MEANT


@dataclass(frozen=True)
class Quality:
    """Over all samples: `round_trip` in ms, `loss` in % and the `layer` of pictures, each as typical (median) and worst.

    `rate` in kbit/s as typical, while their call was up. `media`: whether any sound or picture came from them.
    """

    round_trip: tuple[int, int] | None
    loss: tuple[float, float] | None
    layer: tuple[str, str] | None
    rate: int
    media: bool


@dataclass(frozen=True)
class Logged:
    """The log of one participant in one session."""

    participant: Participant
    person: Person
    lines: list[Line]
    quality: Quality | None

    @property
    def losses(self) -> list[Line]:
        """The losses alone."""
        return [line for line in self.lines if line.is_loss]

    def away(self, until: datetime) -> timedelta:
        """For how long altogether losses kept them out, those they did not come back from counted to `until`."""
        return sum(((line.back_at or max(until, line.at)) - line.at for line in self.losses), timedelta())


async def log_of(db: AsyncSession, session: MediationSession) -> list[Logged]:
    """The log of everybody who was ever connected, in the order applicant, respondent, neutral."""
    found = select(ConnectionSpan).where(ConnectionSpan.session_id == session.id)
    spans = (await db.scalars(found.order_by(ConnectionSpan.began_at, ConnectionSpan.seen_at))).all()
    came = {span.participant_id for span in spans}
    sampled = select(ConnectionSample).where(ConnectionSample.participant_id.in_(came))
    if session.ended_at is not None:
        sampled = sampled.where(ConnectionSample.at < session.ended_at)
    samples = (await db.scalars(sampled)).all()
    return [
        Logged(
            participant,
            person,
            lines((span for span in spans if span.participant_id == participant.id), session.ended_at),
            quality([sample for sample in samples if sample.participant_id == participant.id]),
        )
        for participant, person in await participants_of(db, session.id)
        if participant.id in came
    ]


def lines(spans: Iterable[ConnectionSpan], over_at: datetime | None = None) -> list[Line]:
    """The spans of one participant, in order, as lines. Whatever lasted to the end of the session ended with it."""
    held = [span for span in spans if over_at is None or span.began_at < over_at]
    told: list[Line] = []
    for number, span in enumerate(held):
        following = held[number + 1] if number + 1 < len(held) else None
        if not told:
            told.append(Line(span.began_at, Step.JOINED))
        elif not told[-1].back_at:
            told.append(Line(span.began_at, Step.CAME_BACK))
        told += _ending(span, following, over_at)
    return told


def _ending(span: ConnectionSpan, following: ConnectionSpan | None, over_at: datetime | None) -> list[Line]:
    if over_at is not None and (span.ended_at is None or span.ended_at >= over_at):
        return [Line(over_at, Step.ENDED, Ending.SESSION_OVER)]
    if span.ended_at is None or span.ending is None:
        return []
    # Somebody who left or was sent away comes back by a line of their own; a loss is told together with its end.
    meant = span.ending in MEANT and span.ending is not Ending.SECOND_TAB
    back_at = following.began_at if following and not meant else None
    return [Line(span.ended_at, Step.ENDED, span.ending, back_at)]


def quality(samples: Sequence[ConnectionSample]) -> Quality | None:
    """All samples in a few figures; None without samples."""
    if not samples:
        return None
    trips = sorted(sample.round_trip for sample in samples if sample.round_trip is not None)
    losses = sorted(sample.loss for sample in samples if sample.loss is not None)
    layers = sorted(LAYERS.index(sample.layer) for sample in samples if sample.layer is not None)
    # Alone in a waiting room a page sends nothing: that is no bad network.
    rates = sorted(sample.rate_in for sample in samples if sample.connected)
    return Quality(
        (_middle(trips), trips[-1]) if trips else None,
        (_middle(losses) / 10, losses[-1] / 10) if losses else None,
        (LAYERS[_middle(layers)], LAYERS[layers[0]]) if layers else None,
        _middle(rates) if rates else 0,
        any(sample.rate_in for sample in samples),
    )


def _middle(ordered: Sequence[int]) -> int:
    return ordered[len(ordered) // 2]
