"""What the slices above contribute to the case page: the app hands in their functions, so cases import nothing upward."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.models import CaseFile


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next; of all that are offered, the page shows the one with the highest rank."""

    rank: int
    title: str
    text: str = ""
    label: str = ""
    href: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the case page: a template with its context (found there as `section`), where it stands, its tab.

    `tab` is a label with a count; it links to `#anchor`. A section without a template only offers a next step.
    """

    template: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    column: Literal["left", "main", "side"] = "side"
    order: int = 50
    tab: tuple[str, int] | None = None
    anchor: str = ""
    next_step: NextStep | None = None


SectionOf = Callable[[AsyncSession, CaseFile, StaffActor], Awaitable[Section | None]]
CASE_SECTIONS: web.AppKey[list[SectionOf]] = web.AppKey("case_sections")


async def sections_of(db: AsyncSession, case: CaseFile, actor: StaffActor, functions: list[SectionOf]) -> list[Section]:
    """The sections for this case and reader, by their order."""
    found = [await function(db, case, actor) for function in functions]
    return sorted((section for section in found if section is not None), key=lambda section: section.order)


def most_pressing(steps: list[NextStep]) -> NextStep | None:
    """The next step with the highest rank; None when nothing is to be done."""
    return max(steps, key=lambda step: step.rank, default=None)
