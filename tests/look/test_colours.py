"""Every pair of colours that meets is readable; the two sides look different to everybody, and neither like an alarm."""

import pytest

from mediation.config import STATIC_DIR
from tests.look.colours import as_seen, contrast, difference, tokens
from tests.look.pairs import DECORATION, PAIRS

COLOURS = tokens(STATIC_DIR / "css" / "tokens.css")


@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_contrast(front: str, ground: str, least: float) -> None:
    # Ratios are promised to one decimal.
    assert round(contrast(COLOURS[front], COLOURS[ground]), 1) >= least


def test_every_colour_is_in_a_pair() -> None:
    paired = {name for front, ground, _ in PAIRS for name in (front, ground)}
    assert set(COLOURS) - paired - DECORATION == set()


@pytest.mark.parametrize("eyes", ["normal", "deutan", "protan", "tritan"])
def test_sides_look_different(eyes: str) -> None:
    applicant, respondent, rouge = (
        COLOURS[name] if eyes == "normal" else as_seen(COLOURS[name], eyes) for name in ("side-a", "side-b", "rouge")
    )
    assert difference(applicant, respondent) >= 40
    assert round(difference(rouge, respondent)) >= 12


def test_difference_of_known_colours() -> None:
    # The pair's distance as it was measured when the colours were chosen.
    assert difference(COLOURS["side-a"], COLOURS["side-b"]) == pytest.approx(48.7, abs=0.1)


def test_contrast_of_known_colours() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)) == pytest.approx(1)
