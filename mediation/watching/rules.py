"""When somebody on duty should look after a session. Pure; the moment is an argument."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mediation.live.rules import LEFT, is_waiting
from mediation.watching.kinds import AlertKind

NO_MEDIA_FOR = timedelta(seconds=20)
UNVERIFIED_FOR = timedelta(minutes=10)
WAITING_FOR = timedelta(minutes=20)


@dataclass(frozen=True)
class Watched:
    """What the rules know of a participant. `room` since `since`, None before they came; `lost_at`: their connection
    ended and is not back; `missing_since`: no sound or picture comes from them."""

    id: str
    host: bool
    verified: bool
    room: str | None
    since: datetime | None
    lost_at: datetime | None = None
    missing_since: datetime | None = None

    @property
    def here(self) -> bool:
        """Seated and connected."""
        return self.room not in (None, LEFT) and self.lost_at is None


@dataclass(frozen=True)
class Alert:
    """Something is wrong about a participant, since then."""

    kind: AlertKind
    participant_id: str
    since: datetime


def alerts(people: Sequence[Watched], *, live: bool, starts_at: datetime, moment: datetime) -> list[Alert]:
    """What is wrong, the most pressing first. `live`: the session has begun and is not over."""
    found = [alert for each in people for alert in _about(each, live, starts_at, moment)]
    order = list(AlertKind)
    return sorted(found, key=lambda alert: (order.index(alert.kind), alert.since))


def taken(alert: Alert, cares: Iterable[tuple[str, AlertKind, datetime]]) -> bool:
    """Whether one of the cares (participant, kind, moment) is about this alert, not about an earlier one of its kind."""
    return any((alert.participant_id, alert.kind) == (who, kind) and at >= alert.since for who, kind, at in cares)


def _about(each: Watched, live: bool, starts_at: datetime, moment: datetime) -> Iterable[Alert]:
    if each.host and live and not each.here and (gone := each.lost_at or each.since):
        yield Alert(AlertKind.MEDIATOR_LOST, each.id, gone)
    if not each.here or each.since is None or each.room is None:
        return
    if not is_waiting(each.room):
        if not each.verified:
            yield Alert(AlertKind.UNVERIFIED, each.id, each.since)
        missing = max(each.missing_since, each.since) if each.missing_since else moment
        if moment - missing >= NO_MEDIA_FOR and live:
            yield Alert(AlertKind.NO_MEDIA, each.id, missing)
        return
    waiting = max(each.since, starts_at)
    if not each.verified and moment - waiting >= UNVERIFIED_FOR:
        yield Alert(AlertKind.UNVERIFIED, each.id, waiting)
    elif moment - waiting >= WAITING_FOR and not each.host:
        yield Alert(AlertKind.WAITING_LONG, each.id, waiting)
