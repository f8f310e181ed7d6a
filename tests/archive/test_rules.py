"""Completeness: what each kind of closing demands."""

import pytest

from mediation.archive.rules import Bundle, lacking
from mediation.cases.kinds import DocumentKind as Kind
from mediation.cases.kinds import Outcome

EVERYTHING = frozenset(Kind)


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        (Bundle(Outcome.AGREED, EVERYTHING, 2, 2, 0, 0), []),
        (Bundle(Outcome.AGREED, EVERYTHING - {Kind.AGREEMENT}, 1, 1, 0, 0), [Kind.AGREEMENT]),
        (Bundle(Outcome.AGREED, EVERYTHING - {Kind.CLOSING_STATEMENT}, 1, 1, 0, 0), []),
        (Bundle(Outcome.FAILED, EVERYTHING - {Kind.AGREEMENT}, 1, 1, 0, 0), []),
        (Bundle(Outcome.FAILED, EVERYTHING - {Kind.CLOSING_STATEMENT}, 1, 1, 0, 0), [Kind.CLOSING_STATEMENT]),
        (Bundle(Outcome.AGREED, EVERYTHING, 2, 1, 0, 0), [Kind.MINUTES]),
        (Bundle(Outcome.AGREED, EVERYTHING, 1, 1, 1, 1), [Kind.CONSENTS, Kind.IDENTITY]),
        (Bundle(Outcome.WITHDRAWN, {Kind.INTAKE, Kind.CLOSING_STATEMENT}, 0, 0, 0, 0), []),
        (Bundle(Outcome.WITHDRAWN, (), 0, 0, 0, 0), [Kind.INTAKE, Kind.CLOSING_STATEMENT]),
        (
            Bundle(Outcome.AGREED, (), 1, 0, 2, 2),
            [Kind.INTAKE, Kind.CONSENTS, Kind.IDENTITY, Kind.MINUTES, Kind.AGREEMENT],
        ),
    ],
)
def test_what_is_missing(bundle: Bundle, expected: list[Kind]) -> None:
    assert lacking(bundle) == expected
