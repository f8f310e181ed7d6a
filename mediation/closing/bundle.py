"""The papers that closing files (standard bundle 调解卷宗): what each is filled with, and setting them.

They are set before the transaction that files them, since that takes seconds. The transaction collects them again and
finds each by its exact content; when something changed in between, it says so and is prepared anew.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.cases.models import CaseFile, DocumentKind, Outcome
from mediation.closing import telling
from mediation.config import Settings
from mediation.documents.spelling import spelled_out
from mediation.documents.store import keep
from mediation.documents.typesetting import typeset
from mediation.errors import Conflict
from mediation.i18n import speaking
from mediation.i18n.moments import clock, full_day

TEMPLATE = "record.typ"


@dataclass(frozen=True)
class Paper:
    """A paper to be set: what it is and everything that stands in it."""

    kind: DocumentKind
    title: str
    data: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Its exact content; papers with the same key are the same paper."""
        return json.dumps([self.title, self.data], ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True)
class Filed:
    """A PDF that lies in the store and is to be filed; `size` in bytes."""

    kind: DocumentKind
    title: str
    sha256: str
    size: int


@dataclass
class Bundle:
    """Everything that was made for a closing at the moment `at`; `sources` is from what, so that changes are noticed."""

    at: datetime
    sources: set[str] = field(default_factory=set)
    filed: list[Filed] = field(default_factory=list)

    def add(self, source: str, kind: DocumentKind, title: str, content: bytes) -> None:
        """A PDF that lies in the store goes into the bundle."""
        self.sources.add(source)
        self.filed.append(Filed(kind, title, hashlib.sha256(content).hexdigest(), len(content)))

    def must_be_of(self, sources: set[str]) -> None:
        """Raises Conflict("papers_changed") unless the bundle was made from exactly these."""
        if self.sources != sources:
            raise Conflict("papers_changed", "Something changed while the papers were made. Please close it once more.")


async def collect(
    db: AsyncSession, case: CaseFile, outcome: Outcome, reason: str, at: datetime, settings: Settings
) -> list[Paper]:
    """The papers that this closing files, besides minutes and agreement, which are made where they belong."""
    with speaking("zh"):
        told = [
            Paper(DocumentKind.INTAKE, "登记表", {"sections": await telling.intake(db, case, settings)}),
            Paper(DocumentKind.CONSENTS, "权利告知和同意书", {"sections": await telling.consents(db, case, settings)}),
            Paper(DocumentKind.IDENTITY, "身份核对记录", {"sections": await telling.identities(db, case, settings)}),
            Paper(DocumentKind.ATTENDANCE, "到场记录", {"sections": await telling.attendance(db, case, settings)}),
        ]
        if outcome is not Outcome.AGREED:
            # 法释〔2021〕23号 art. 21: failure is recorded with its reasons.
            sections = await telling.closing_statement(db, case, outcome, reason, settings)
            told.append(Paper(DocumentKind.CLOSING_STATEMENT, "调解终结书", {"sections": sections}))
        frame = {
            "number": case.number,
            "site": settings.site_name,
            "closed_at": f"{full_day(at, settings.zone)} {clock(at, settings.zone, spoken=False)}",
        }
        return [
            Paper(
                paper.kind, paper.title, spelled_out({**frame, "title": paper.title, **paper.data}, settings.font_dir)
            )
            for paper in told
            if paper.data["sections"]
        ]


async def set_papers(papers: Sequence[Paper], bundle: Bundle, settings: Settings) -> None:
    """Set and keep the papers and put them into the bundle. Raises Unavailable."""
    for paper in papers:
        made = await typeset(TEMPLATE, paper.data, font_dir=settings.font_dir, at=bundle.at)
        await asyncio.to_thread(keep, settings.data_dir, made)
        bundle.add(paper.key, paper.kind, paper.title, made)
