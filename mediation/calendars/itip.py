"""Invite files: one VEVENT for one person (RFC 5545, 5546, 7986).

No title that tells what it is about, no attendee but the reader, nobody's name, the reader's own link. Times are in
UTC, since a generated VTIMEZONE of Asia/Shanghai carries changes that some calendars ignore.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText, vUri

from mediation.calendars.models import CalendarEntry

_MAKER = "-//Appointments//EN"


@dataclass(frozen=True, slots=True)
class InviteText:
    """What the reader's calendar shows. `link` and the addresses may be placeholders that delivery fills in."""

    summary: str
    description: str
    link: str
    organiser: str


def request_file(entry: CalendarEntry, attendee: str, text: InviteText, made_at: datetime) -> str:
    """METHOD:REQUEST for this attendee alone (RFC 5546 section 3.2.2); `made_at` is the DTSTAMP."""
    event = _event(entry, text, made_at, "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{text.organiser}"))
    event.add("attendee", _attendee(attendee, asked=True))
    _add_link(event, text.link)
    return _wrapped("REQUEST", event)


def cancel_file(entry: CalendarEntry, attendee: str, text: InviteText, made_at: datetime) -> str:
    """METHOD:CANCEL for this attendee (RFC 5546 section 3.2.5): same UID and ORGANIZER, one SEQUENCE higher, no link."""
    event = _event(entry, text, made_at, "CANCELLED")
    event.add("organizer", vCalAddress(f"mailto:{text.organiser}"))
    event.add("attendee", _attendee(attendee, asked=False))
    return _wrapped("CANCEL", event)


def published_file(entry: CalendarEntry, text: InviteText, made_at: datetime) -> str:
    """METHOD:PUBLISH, to be downloaded and kept (RFC 5546 section 3.2.1 forbids ATTENDEE there)."""
    event = _event(entry, text, made_at, "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{text.organiser}"))
    if not entry.cancelled:
        _add_link(event, text.link)
    return _wrapped("PUBLISH", event)


def _event(entry: CalendarEntry, text: InviteText, made_at: datetime, status: str) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("status", status)
    event.add("summary", text.summary)
    if text.description:
        event.add("description", text.description)
    event.add("class", "PRIVATE")
    return event


def _add_link(event: Event, link: str) -> None:
    """The same link in all three places where calendars look for it."""
    event.add("location", vText(link))
    conference = vUri(link)
    conference.params["VALUE"] = "URI"
    conference.params["FEATURE"] = "VIDEO"
    event.add("conference", conference)


def _attendee(address: str, asked: bool) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    if asked:
        attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
        attendee.params["RSVP"] = vText("FALSE")
    return attendee


def _wrapped(method: str, event: Event) -> str:
    calendar = Calendar()
    calendar.add("prodid", _MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content.decode()
