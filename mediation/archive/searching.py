"""Find closed cases: words by their bigrams, narrowed by kind, outcome, day and completeness; the same on every database."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, literal_column, select, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.types import Text

from mediation.actor import StaffActor
from mediation.archive.bigrams import tokens
from mediation.archive.models import ArchiveEntry
from mediation.cases.access import require, visible_to
from mediation.cases.models import CaseFile, DisputeKind, Outcome
from mediation.config import Settings
from mediation.permissions import Action

PER_PAGE = 10


@dataclass(frozen=True)
class Wanted:
    """What is looked for. Words are normalised; an empty group does not narrow; days are local and inclusive."""

    words: tuple[str, ...] = ()
    kinds: frozenset[DisputeKind] = frozenset()
    outcomes: frozenset[Outcome] = frozenset()
    complete: bool | None = None
    since: date | None = None
    until: date | None = None
    page: int = 1


@dataclass(frozen=True)
class Found:
    """One page of what was found, how many there are, and how many each filter would give beside the others."""

    rows: Sequence[tuple[ArchiveEntry, CaseFile]]
    count: int
    by_outcome: dict[Outcome, int]
    by_kind: dict[DisputeKind, int]
    by_completeness: dict[bool, int]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.count // PER_PAGE)


async def search(db: AsyncSession, actor: StaffActor, wanted: Wanted, settings: Settings) -> Found:
    """The closed cases of the actor's organisation (or shared with it), the last closed first. Raises NotAllowed."""
    require(actor, Action.SEARCH_ARCHIVE)
    conditions = _conditions(db, actor, wanted, settings)
    base = select(ArchiveEntry, CaseFile).join(CaseFile, CaseFile.id == ArchiveEntry.case_id)
    shown = base.where(conditions).order_by(CaseFile.closed_at.desc(), ArchiveEntry.seq.desc())
    rows = await db.execute(shown.limit(PER_PAGE).offset((wanted.page - 1) * PER_PAGE))
    without_kind = _conditions(db, actor, replace(wanted, kinds=frozenset()), settings)
    without_outcome = _conditions(db, actor, replace(wanted, outcomes=frozenset()), settings)
    without_completeness = _conditions(db, actor, replace(wanted, complete=None), settings)
    return Found(
        rows=[(entry, case) for entry, case in rows],
        count=await db.scalar(_counted(select(func.count()), conditions)) or 0,
        by_outcome=await _by(db, CaseFile.outcome, without_outcome),
        by_kind=await _by(db, CaseFile.dispute_kind, without_kind),
        by_completeness=await _by(db, ArchiveEntry.complete, without_completeness),
    )


def _conditions(db: AsyncSession, actor: StaffActor, wanted: Wanted, settings: Settings) -> ColumnElement[bool]:
    return and_(
        true(),
        visible_to(actor),
        *_has_words(db, wanted.words),
        *([CaseFile.dispute_kind.in_(wanted.kinds)] if wanted.kinds else []),
        *([CaseFile.outcome.in_(wanted.outcomes)] if wanted.outcomes else []),
        *([ArchiveEntry.complete.is_(wanted.complete)] if wanted.complete is not None else []),
        *([CaseFile.closed_at >= _midnight(wanted.since, settings)] if wanted.since else []),
        *([CaseFile.closed_at < _midnight(wanted.until + timedelta(days=1), settings)] if wanted.until else []),
    )


def _has_words(db: AsyncSession, words: Collection[str]) -> list[ColumnElement[bool]]:
    """The index narrows by bigrams; the text itself is compared too, so that what is found is exact on every database."""
    exact: list[ColumnElement[bool]] = [ArchiveEntry.plain.contains(word, autoescape=True) for word in words]
    indexable = [word for word in words if len(word) > 1]
    if not indexable:
        return exact
    if db.get_bind().dialect.name == "postgresql":
        wanted = sorted({token for word in indexable for token in tokens(word)})
        stored = func.string_to_array(ArchiveEntry.bigrams, literal_column("' '"))
        return [stored.op("@>")(literal(wanted, ARRAY(Text))), *exact]
    phrases = " AND ".join(f'"{" ".join(tokens(word))}"' for word in indexable)
    matching = text("SELECT rowid FROM archive_words WHERE archive_words MATCH :phrases")
    return [ArchiveEntry.seq.in_(matching.bindparams(bindparam("phrases", phrases)).columns(ArchiveEntry.seq)), *exact]


def _counted(counted: Select[int], conditions: ColumnElement[bool]) -> Select[int]:
    joined = counted.select_from(ArchiveEntry).join(CaseFile, CaseFile.id == ArchiveEntry.case_id)
    return joined.where(conditions)


async def _by(db: AsyncSession, column: QueryableAttribute[Any], conditions: ColumnElement[bool]) -> dict[Any, int]:
    grouped = select(column, func.count()).select_from(ArchiveEntry)
    grouped = grouped.join(CaseFile, CaseFile.id == ArchiveEntry.case_id).where(conditions).group_by(column)
    return dict((await db.execute(grouped)).all())


def _midnight(day: date, settings: Settings) -> datetime:
    return datetime.combine(day, time(), settings.zone)
