"""Whether a case is as it was written: its journal by its hashes, its papers and recordings by what the journal says of them."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.archive.told import Checked, Told, told_of
from mediation.cases.models import CaseDocument
from mediation.documents.store import fetch
from mediation.errors import Unavailable
from mediation.recordings.checksum import Checksum
from mediation.recordings.filing import path_of
from mediation.recordings.models import RecordedPart, Recording


@dataclass(frozen=True)
class Verdict:
    """How many journal entries, papers and recordings a case has, and the broken ones: the first entry by its number,
    papers and recordings by their ids. `checked`: when every byte of the recordings was last read, None if never."""

    entries: int
    broken_entry: int | None
    papers: int
    broken_papers: tuple[str, ...]
    recordings: int
    broken_recordings: tuple[str, ...]
    checked: Checked | None = None

    @property
    def unaltered(self) -> bool:
        """Whether everything is as it was written."""
        return self.broken_entry is None and not self.broken_papers and not self.broken_recordings


@dataclass(frozen=True)
class Kept:
    """What the journal tells of one case and what lies in the database of it: enough to look at the files without either."""

    told: Told
    papers: Sequence[CaseDocument]
    recordings: Sequence[Recording]
    parts: Sequence[RecordedPart]

    def verdict(self, data_dir: Path, *, every_byte: bool) -> Verdict:
        """Look at the files. Recordings are large: of them only lengths are compared, unless `every_byte` is asked for;
        what the last check of every byte found broken stays so until the next."""
        told, papers, recordings = self.told, set(self.told.papers), set(self.told.recordings)
        papers |= {document.id for document in self.papers}
        recordings |= {recording.id for recording in self.recordings}
        broken = recordings - _whole_recordings(told, self, data_dir, every_byte)
        if told.checked and not every_byte:
            broken |= told.checked.broken - told.erased
        return Verdict(
            told.entries, told.broken,
            len(papers), tuple(sorted(papers - _whole_papers(told, self, data_dir))),
            len(recordings), tuple(sorted(broken)), told.checked,
        )  # fmt: skip


async def verdicts(db: AsyncSession, case_ids: Collection[str], data_dir: Path) -> dict[str, Verdict]:
    """Case id → the verdict, quick however long the recordings are."""
    kept = await kept_of(db, case_ids)
    return {case_id: await asyncio.to_thread(kept[case_id].verdict, data_dir, every_byte=False) for case_id in case_ids}


async def kept_of(db: AsyncSession, case_ids: Collection[str]) -> dict[str, Kept]:
    """Case id → what is to be compared with the files."""
    told = await told_of(db, case_ids)
    documents: dict[str, list[CaseDocument]] = defaultdict(list)
    for document in await db.scalars(select(CaseDocument).where(CaseDocument.case_id.in_(case_ids))):
        documents[document.case_id].append(document)
    recordings: dict[str, list[Recording]] = defaultdict(list)
    for recording in await db.scalars(select(Recording).where(Recording.case_id.in_(case_ids))):
        recordings[recording.case_id].append(recording)
    parts: dict[str, list[RecordedPart]] = defaultdict(list)
    of_cases = select(RecordedPart, Recording.case_id).join(Recording, Recording.id == RecordedPart.recording_id)
    for part, case_id in await db.execute(of_cases.where(Recording.case_id.in_(case_ids))):
        parts[case_id].append(part)
    return {
        case_id: Kept(told[case_id], documents[case_id], recordings[case_id], parts[case_id]) for case_id in case_ids
    }


def _whole_papers(told: Told, kept: Kept, data_dir: Path) -> set[str]:
    """Those that the journal and the database name alike, and whose bytes are these."""
    named = [document for document in kept.papers if told.papers.get(document.id) == document.sha256]
    return {document.id for document in named if _there(document, data_dir)}


def _there(document: CaseDocument, data_dir: Path) -> bool:
    try:
        fetch(data_dir, document.sha256)
    except Unavailable:
        return False
    return True


def _whole_recordings(told: Told, kept: Kept, data_dir: Path, every_byte: bool) -> set[str]:
    """Those that the journal and the database know alike: erased after their time, or with all films there."""
    whole = set()
    for recording in kept.recordings:
        erased = recording.id in told.erased
        if recording.id not in told.recordings or erased != (recording.erased_at is not None):
            continue
        films = [part for part in kept.parts if part.recording_id == recording.id]
        if erased or _whole_films(told.films.get(recording.id, {}), films, data_dir, every_byte):
            whole.add(recording.id)
    return whole


def _whole_films(told: Mapping[str, str], films: Sequence[RecordedPart], data_dir: Path, every_byte: bool) -> bool:
    """Whether the films are those that were filed; what is not filed yet has no checksum on either side."""
    checksums = {film.id: Checksum(film.size or 0, film.sha256) for film in films if film.sha256 is not None}
    if any(film.altered for film in films) or {ident: checksum.sha256 for ident, checksum in checksums.items()} != told:
        return False
    return all(
        checksums[film.id].holds(path_of(data_dir, film), every_byte=every_byte)
        for film in films
        if film.id in checksums
    )
