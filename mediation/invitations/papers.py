"""Papers that a participant's link opens. The slices above (minutes, agreements) say which there are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor


@dataclass(frozen=True, slots=True)
class Paper:
    """A line of the section "Your papers": `note` says when it came to be, or what is still to do."""

    label: str
    href: str
    note: str = ""


PapersOf = Callable[[AsyncSession, ParticipantActor], Awaitable[list[Paper]]]
