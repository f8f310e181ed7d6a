"""What the live page asks of signaling, which sits above it: the application hands it in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from aiohttp import web

from mediation.live.quality import Sample


class Figures(Protocol):
    """The last minutes of everybody's media, in memory."""

    def samples(self, session_id: str) -> Mapping[str, Sequence[Sample]]:
        """Participant id → samples, oldest first."""

    def missing_since(self, session_id: str, participant_id: str) -> datetime | None:
        """Since when neither sound nor picture comes from somebody whose page is connected."""


FIGURES: web.AppKey[Callable[[], Figures]] = web.AppKey("figures")


class NoFigures:
    """Without calls (tests of pages) nothing is measured."""

    def samples(self, session_id: str) -> Mapping[str, Sequence[Sample]]:
        """Figures.samples."""
        return {}

    def missing_since(self, session_id: str, participant_id: str) -> datetime | None:
        """Figures.missing_since."""
        return None
