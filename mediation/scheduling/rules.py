"""When a session may be: on the quarter-hour, not in the past, not endless."""

from datetime import datetime, timedelta

from mediation.errors import Invalid
from mediation.i18n import marked

GRAIN = timedelta(minutes=15)  # the grain of time claims: every session begins and ends on it
LONGEST = timedelta(hours=8)
FURTHEST = timedelta(days=366)
LONGEST_REASON = 500  # characters

_ON_THE_QUARTER = marked("Please choose a time on the quarter-hour: :00, :15, :30 or :45.")
_PAST = marked("This time is already past.")
_TOO_FAR = marked("This is more than a year ahead.")
_LENGTH = marked("A session lasts from 15 minutes to 8 hours, in steps of 15 minutes.")
_REASON = marked("Please say why, in at most 500 characters.")

Span = tuple[datetime, datetime]  # half-open, aware


def session_span(starts_at: datetime, minutes: int, now: datetime) -> Span:
    """From when until when a session lasts.

    Raises Invalid with one of the codes: length_refused, not_on_the_quarter, in_the_past, too_far_ahead.
    """
    length = timedelta(minutes=minutes) if 0 < minutes <= LONGEST.total_seconds() / 60 else None
    if length is None or length % GRAIN:
        raise Invalid("length_refused", _LENGTH, fields={"minutes": _LENGTH})
    if starts_at.timestamp() % GRAIN.total_seconds():
        raise _wrong_time("not_on_the_quarter", _ON_THE_QUARTER)
    if starts_at < now:
        raise _wrong_time("in_the_past", _PAST)
    if starts_at > now + FURTHEST:
        raise _wrong_time("too_far_ahead", _TOO_FAR)
    return starts_at, starts_at + length


def given_reason(reason: str) -> str:
    """The reason without spaces around it.

    Raises Invalid("reason_needed") when it is empty or too long.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid("reason_needed", _REASON, fields={"reason": _REASON})
    return reason


def _wrong_time(code: str, sentence: str) -> Invalid:
    return Invalid(code, sentence, fields={"starts_at": sentence})
