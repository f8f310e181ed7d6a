"""What is a phone, an e-mail address, an identity number; how each is masked."""

from datetime import time

import pytest

from mediation.people.rules import (
    email_of,
    masked_email,
    masked_identity,
    masked_phone,
    phone_of,
    safe_hours_wrong,
    told_phone,
)


@pytest.mark.parametrize(
    ("entered", "stored", "masked", "told"),
    [
        ("13800002051", "+8613800002051", "138****2051", "138 0000 2051"),
        ("138 0000-2051", "+8613800002051", "138****2051", "138 0000 2051"),
        ("+86 138 0000 2051", "+8613800002051", "138****2051", "138 0000 2051"),
        ("0571 8701 2345", "+8657187012345", "571****2345", "0571 8701 2345"),
        ("+1 650 253 0000", "+16502530000", "+16*****0000", "+1 650-253-0000"),
    ],
)
def test_a_phone_is_stored_with_its_country_and_shown_masked(entered: str, stored: str, masked: str, told: str) -> None:
    assert phone_of(entered) == stored
    assert masked_phone(stored) == masked
    assert told_phone(stored) == told


@pytest.mark.parametrize("entered", ["", "12345", "1380000205", "138000020511", "phone", "<b>", "１３８", "+999 1"])
def test_what_is_no_phone(entered: str) -> None:
    assert phone_of(entered) is None


@pytest.mark.parametrize(
    ("phone", "masked"), [(None, ""), ("", ""), ("12", "**"), ("1234567", "*******"), ("13800002051", "138****2051")]
)
def test_no_mask_shows_more_than_seven_digits(phone: str | None, masked: str) -> None:
    assert masked_phone(phone) == masked


@pytest.mark.parametrize("good", ["w@example.org", "wang.fang+a@mail.example.org", "王芳@example.org"])
def test_an_email_address(good: str) -> None:
    assert email_of(good) == good
    assert masked_email(good) == f"{good[0]}***@{good.split('@')[1]}"


@pytest.mark.parametrize(
    "bad",
    ["w", "w@", "@example.org", "w@example", "w w@example.org", "w@exa mple.org", "w@example.org\nBcc: x@y.org", "a@b@c.org", "w@-a.org", "w@example.org,", "<w@example.org>", "w" * 250 + "@example.org"],
)  # fmt: skip
def test_what_is_no_email_address(bad: str) -> None:
    assert email_of(bad) is None


@pytest.mark.parametrize(
    ("entered", "masked"),
    [
        ("11010519491231002X", "110*************2X"),
        ("11010519491231002x", "110*************2X"),
        ("110105 19491231 002X", "110*************2X"),
        ("110105194912310021", None),
        ("E12345678", "E12****78"),
        ("H1234", "***34"),
        ("1101", None),
        ("110105<script>", None),
    ],
)
def test_of_an_identity_number_five_characters_are_kept(entered: str, masked: str | None) -> None:
    assert masked_identity(entered) == masked


@pytest.mark.parametrize(
    ("start", "end", "good"),
    [
        (None, None, True),
        (time(9), time(18), True),
        (time(20), time(8), True),
        (time(9), None, False),
        (None, time(9), False),
        (time(9), time(9), False),
    ],
)
def test_safe_hours(start: time | None, end: time | None, good: bool) -> None:
    assert (safe_hours_wrong(start, end) is None) is good
