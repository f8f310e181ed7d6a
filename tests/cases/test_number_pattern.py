"""The pattern of case numbers is refused at the start when it can't tell cases apart."""

import pytest

from mediation.config import BadSettings, read_settings


@pytest.mark.parametrize(
    "pattern",
    [
        "{year}",
        "{serial}",
        "no number",
        "{year}{serial}{court}",
        "{year}-{serial:x4",
        "{0}{year}{serial}",
        "长" * 40 + "{year}{serial}",
    ],
)
def test_a_pattern_that_gives_one_number_twice_is_refused(pattern: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings({"CASE_NUMBER_PATTERN": pattern})
    assert "CASE_NUMBER_PATTERN" in str(refused.value)


@pytest.mark.parametrize("pattern", ["({year})青家调{serial:04d}号", "{year}/{serial}", "M{serial:06d}-{year}"])
def test_others_are_taken(pattern: str) -> None:
    assert read_settings({"CASE_NUMBER_PATTERN": pattern}).case_number_pattern == pattern
