"""The results as the archivist sees them: excerpts and verdicts, and nothing of the content of a protected case."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.archive.excerpts import Excerpt, excerpts
from mediation.archive.integrity import Verdict, verdicts
from mediation.archive.searching import Found
from mediation.cases.kinds import DocumentKind
from mediation.cases.models import CaseFile
from mediation.cases.queries import kept_apart, titles_of


@dataclass(frozen=True)
class Line:
    """One result. A protected case has neither title nor excerpts."""

    case: CaseFile
    title: str
    protected: bool
    excerpts: list[Excerpt]
    lacking: list[DocumentKind]
    verdict: Verdict


async def lines(db: AsyncSession, found: Found, words: tuple[str, ...], data_dir: Path) -> list[Line]:
    """The results of one page."""
    ids = [case.id for _entry, case in found.rows]
    titles, checked = await titles_of(db, ids), await verdicts(db, ids, data_dir)
    shown = []
    for entry, case in found.rows:
        protected = await kept_apart(db, case.id)
        shown.append(
            Line(
                case=case,
                title="" if protected else titles.get(case.id, ""),
                protected=protected,
                excerpts=[] if protected else excerpts(entry.parts, words),
                lacking=[DocumentKind(kind) for kind in entry.lacking],
                verdict=checked[case.id],
            )
        )
    return shown
