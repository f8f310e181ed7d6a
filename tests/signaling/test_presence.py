"""What others read of somebody's line: here, reconnecting, away; from the socket and from the media, each by itself."""

from __future__ import annotations

import time
from typing import Any

import pytest

from signaling.presence import AWAY, SILENT, Connection, Roster

TOGETHER = {"mother": frozenset({"father"}), "father": frozenset({"mother"})}
ANYBODY: Any = None  # whose right it is does not matter here


def connection(sid: str, heard: float = 0.0, name: str = "mother") -> Connection:
    """A socket that was last heard so many seconds ago."""
    return Connection(sid, ANYBODY, ANYBODY, "session", name, heard_at=time.monotonic() - heard)


def told(roster: Roster, lists: dict[str, frozenset[str]] | None = None) -> str:
    return roster.presence("session", TOGETHER if lists is None else lists)["mother"].connection


@pytest.mark.parametrize(
    ("heard", "expected"),
    [(0.0, "here"), (SILENT - 1, "here"), (SILENT + 1, "reconnecting"), (AWAY + 9, "reconnecting")],
)
def test_an_open_socket(heard: float, expected: str) -> None:
    roster = Roster()
    roster.add(connection("s1", heard))
    assert told(roster) == expected


@pytest.mark.parametrize(("heard", "expected"), [(0.0, "reconnecting"), (AWAY - 5, "reconnecting"), (AWAY + 1, "away")])
def test_away_counts_from_the_last_sign_of_life_not_from_the_end_of_the_socket(heard: float, expected: str) -> None:
    roster = Roster()
    roster.add(connection("s1", heard))
    roster.drop("s1")
    assert told(roster) == expected


def test_silent_media_count_for_those_who_are_with_somebody() -> None:
    roster = Roster()
    roster.add(connection("s1"))
    roster.note_media("session", "mother", SILENT + 1)
    assert told(roster) == "reconnecting"
    assert told(roster, {}) == "here"
    assert told(roster, {"mother": frozenset()}) == "here"
    roster.note_media("session", "mother", None)
    assert told(roster) == "here"


def test_a_new_socket_does_not_bring_silent_media_back() -> None:
    roster = Roster()
    roster.add(connection("s1"))
    roster.note_media("session", "mother", SILENT + 1)
    roster.add(connection("s2"))
    assert told(roster) == "reconnecting"


def test_media_that_are_back_before_the_socket_are_back() -> None:
    roster = Roster()
    roster.add(connection("s1"))
    roster.note_media("session", "mother", SILENT + 1)
    roster.drop("s1")
    roster.note_media("session", "mother", None)
    roster.add(connection("s2"))
    assert told(roster) == "here"
    roster.note_media("session", "nobody", 5)
    roster.note_media("elsewhere", "mother", 5)
    assert roster.media_silence("session", "mother") == 0
