"""What can be known of a person, and how each detail is checked and tidied before it is stored."""

from collections.abc import Callable
from datetime import time
from typing import Any, TypedDict

from mediation.errors import Invalid
from mediation.i18n import LOCALES, marked
from mediation.people.models import Channel, Person
from mediation.people.rules import (
    LONGEST_ADDRESS,
    LONGEST_CALLED,
    LONGEST_NAME,
    email_of,
    masked_identity,
    phone_of,
    safe_hours_wrong,
)


class Details(TypedDict, total=False):
    """What can be known of a person; None or an empty text means nothing is known. The safe-contact profile says by
    which channel, in which local hours and with how neutral a wording they may be reached."""

    name: str
    called: str
    phone: str | None
    email: str | None
    address: str | None
    identity_number: str | None
    locale: str
    elder: bool
    safe_channel: Channel
    safe_from: time | None
    safe_until: time | None
    neutral_wording: bool


def fill(person: Person, given: dict[str, Any]) -> list[str]:
    """Check and tidy what is given and set it; gives the names of the columns that changed, sorted.

    Everything is checked before anything is set, so that whoever filled in the form learns of all mistakes at once.
    Raises Invalid("invalid_person") with a sentence per detail.
    """
    stored: dict[str, Any] = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
    wrong = {name: sentence for name, check in _CHECKS.items() if name in stored and (sentence := check(stored[name]))}
    safe_from = stored.get("safe_from", person.safe_from)
    safe_until = stored.get("safe_until", person.safe_until)
    if hours := safe_hours_wrong(safe_from, safe_until):
        wrong["safe_from"] = hours
    if wrong:
        raise Invalid("invalid_person", fields=wrong)
    for name in _OPTIONAL & stored.keys():
        stored[name] = _TIDY.get(name, str)(stored[name]) if stored[name] else None
    if "identity_number" in stored:
        stored["identity_number_masked"] = stored.pop("identity_number")
    if "called" in stored or not person.called:
        stored["called"] = stored.get("called") or (stored.get("name") or person.name)[:LONGEST_CALLED]
    changed = sorted(name for name, value in stored.items() if getattr(person, name) != value)
    for name in changed:
        setattr(person, name, stored[name])
    return changed


_Check = Callable[[Any], str | None]
_EMPTY = marked("Please fill this in.")
_LONG = marked("This is too long.")


def _name_wrong(name: str) -> str | None:
    return _EMPTY if not name else _LONG if len(name) > LONGEST_NAME else None


def _longer_than(limit: int) -> _Check:
    return lambda text: _LONG if text and len(text) > limit else None


def _unless(tidy: Callable[[str], str | None], sentence: str) -> _Check:
    return lambda text: sentence if text and tidy(text) is None else None


_OPTIONAL = {"phone", "email", "address", "identity_number"}
_TIDY: dict[str, Callable[[str], str | None]] = {
    "phone": phone_of,
    "email": email_of,
    "identity_number": masked_identity,
}
_CHECKS: dict[str, _Check] = {
    "name": _name_wrong,
    "called": _longer_than(LONGEST_CALLED),
    "address": _longer_than(LONGEST_ADDRESS),
    "phone": _unless(phone_of, marked("This is not a phone number that can be called.")),
    "email": _unless(email_of, marked("This is not an e-mail address.")),
    "identity_number": _unless(
        masked_identity, marked("This number has a mistake in it. Please compare it with the document.")
    ),
    "locale": lambda locale: None if locale in LOCALES else marked("Please choose one of the answers."),
}
