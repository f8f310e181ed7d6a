"""When the live page warns, and until when somebody's care holds."""

from datetime import UTC, datetime, timedelta

import pytest

from mediation.live.rules import LEFT, MAIN, waiting_room
from mediation.watching.kinds import AlertKind
from mediation.watching.rules import Alert, Watched, alerts, taken

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOON - timedelta(minutes=minutes)


def person(room: str | None = MAIN, since: float = 30, **more: object) -> Watched:
    values = {"host": False, "verified": True, **more}
    return Watched("p", room=room, since=ago(since), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("each", "kind", "since"),
    [
        (person(host=True), None, 0),
        (person(host=True, lost_at=ago(2)), AlertKind.MEDIATOR_LOST, 2),
        (person(LEFT, 3, host=True), AlertKind.MEDIATOR_LOST, 3),
        (person(None, 20, host=True), AlertKind.MEDIATOR_LOST, 20),
        (person(lost_at=ago(2)), None, 0),
        (person(missing_since=ago(1)), AlertKind.NO_MEDIA, 1),
        (person(missing_since=ago(0.2)), None, 0),
        (person(since=1, missing_since=ago(9)), AlertKind.NO_MEDIA, 1),
        (person(waiting_room("p"), 5, missing_since=ago(5)), None, 0),
        (person(missing_since=ago(5), lost_at=ago(4)), None, 0),
        (person(verified=False), AlertKind.UNVERIFIED, 30),
        (person(waiting_room("p"), 9, verified=False), None, 0),
        (person(waiting_room("p"), 11, verified=False), AlertKind.UNVERIFIED, 11),
        (person(waiting_room("p"), 90, verified=False), AlertKind.UNVERIFIED, 40),
        (person(waiting_room("p"), 19), None, 0),
        (person(waiting_room("p"), 21), AlertKind.WAITING_LONG, 21),
        (person(waiting_room("p"), 21, lost_at=ago(1)), None, 0),
        (person(LEFT), None, 0),
    ],
)
def test_what_is_wrong_and_since_when(each: Watched, kind: AlertKind | None, since: float) -> None:
    found = alerts([each], live=True, starts_at=ago(40), moment=NOON)
    assert found == ([Alert(kind, "p", ago(since))] if kind else [])


def test_before_the_session_begins_nobody_misses_the_mediator_or_sound() -> None:
    people = [person(None, 0, host=True), person(missing_since=ago(9)), person(waiting_room("p"), 50)]
    assert alerts(people, live=False, starts_at=NOON + timedelta(minutes=5), moment=NOON) == []


def test_what_presses_most_comes_first() -> None:
    people = [person(waiting_room("p"), 25), person(missing_since=ago(3)), person(host=True, lost_at=ago(1))]
    found = [alert.kind for alert in alerts(people, live=True, starts_at=ago(40), moment=NOON)]
    assert found == [AlertKind.MEDIATOR_LOST, AlertKind.NO_MEDIA, AlertKind.WAITING_LONG]


def test_care_holds_for_this_alert_and_not_for_the_next_one() -> None:
    alert = Alert(AlertKind.NO_MEDIA, "p", ago(3))
    assert taken(alert, [("p", AlertKind.NO_MEDIA, ago(2))])
    assert not taken(alert, [("p", AlertKind.NO_MEDIA, ago(4))])
    assert not taken(alert, [("p", AlertKind.WAITING_LONG, ago(2)), ("q", AlertKind.NO_MEDIA, ago(2))])
