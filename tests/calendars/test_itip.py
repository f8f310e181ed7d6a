"""Invite files obey iTIP by libical's check, read back equal by icalendar, and name nobody but their reader."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from mediation.calendars.itip import InviteText, cancel_file, published_file, request_file
from mediation.calendars.models import CalendarEntry
from mediation.notifications.envelope import refolded
from tests.calendars.libical import itip_errors

START = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
MADE = datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC)
LINK = "https://tiaojie.example/i/0123456789abcdef#" + "x" * 43
TEXT = InviteText("视频预约", f"到时间点开您的专属链接;逗号,反斜杠\\:\n{LINK}", LINK, "post@tiaojie.example")
ATTENDEE = "wang.fang@example.org"


def entry(sequence: int = 0, cancelled: bool = False) -> CalendarEntry:
    return CalendarEntry(
        participant_id="p", uid="abc@calendar.invalid", sequence=sequence, starts_at=START,
        ends_at=START + timedelta(hours=1), address_version=1, cancelled=cancelled,
    )  # fmt: skip


FILES = {
    "REQUEST": request_file(entry(), ATTENDEE, TEXT, MADE),
    "CANCEL": cancel_file(entry(2, cancelled=True), ATTENDEE, TEXT, MADE),
    "PUBLISH": published_file(entry(), TEXT, MADE),
    "PUBLISH cancelled": published_file(entry(2, cancelled=True), TEXT, MADE),
}


@pytest.mark.parametrize("name", FILES)
def test_libical_finds_nothing_against_it(name: str) -> None:
    assert itip_errors(FILES[name]) == []


@pytest.mark.parametrize("missing", ["ORGANIZER", "ATTENDEE", "UID", "DTSTAMP", "DTSTART", "SUMMARY"])
def test_the_check_can_fail(missing: str) -> None:
    lines = FILES["REQUEST"].replace("\r\n ", "").split("\r\n")
    assert itip_errors("\r\n".join(line for line in lines if not line.startswith(missing))) != []


def test_a_request_reads_back_equal() -> None:
    calendar = Calendar.from_ical(FILES["REQUEST"])
    assert isinstance(calendar, Calendar)
    (event,) = calendar.events
    assert (str(calendar["METHOD"]), event["SEQUENCE"], event["STATUS"]) == ("REQUEST", 0, "CONFIRMED")
    assert (event.start, event.end, event.DTSTAMP) == (START, START + timedelta(hours=1), MADE)
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (TEXT.summary, TEXT.description)
    assert (str(event["LOCATION"]), str(event["CONFERENCE"])) == (LINK, LINK)
    assert event["CONFERENCE"].params["VALUE"] == "URI"
    assert str(event["ATTENDEE"]) == f"mailto:{ATTENDEE}"
    assert "VTIMEZONE" not in FILES["REQUEST"]


def test_a_cancel_has_the_same_uid_and_organiser_a_higher_sequence_and_no_link() -> None:
    request, cancel = (Calendar.from_ical(FILES[name]).events[0] for name in ("REQUEST", "CANCEL"))  # type: ignore[union-attr]
    assert (request["UID"], request["ORGANIZER"]) == (cancel["UID"], cancel["ORGANIZER"])
    assert cancel["SEQUENCE"] > request["SEQUENCE"]
    assert cancel["STATUS"] == "CANCELLED"
    assert "LOCATION" not in cancel


def test_a_published_file_names_no_attendee() -> None:
    assert "ATTENDEE" not in FILES["PUBLISH"]


def test_lines_are_folded_at_75_octets_after_the_link_is_filled_in() -> None:
    template = request_file(
        entry(), ATTENDEE, InviteText("视频预约" * 20, "{{link}}", "{{link}}", "{{organiser}}"), MADE
    )
    filled = refolded(template.replace("{{link}}", LINK * 3))
    assert max(len(line.encode()) for line in filled.split("\r\n")) <= 75
    event = Calendar.from_ical(filled).events[0]  # type: ignore[union-attr]
    assert (str(event["LOCATION"]), str(event["SUMMARY"])) == (LINK * 3, "视频预约" * 20)
