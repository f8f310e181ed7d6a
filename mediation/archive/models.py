"""The archive's tables: what can be searched of a closed case, who opened a protected one for which reason, who
plays a recording."""

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, JSON, ForeignKey, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment
from mediation.tokens import new_id


class ArchiveEntry(Base):
    """A closed case, to be searched. `parts` are its texts with what each is; `plain` and `bigrams` are made from them."""

    __tablename__ = "archive_entry"

    seq: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), unique=True)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    plain: Mapped[str] = mapped_column(Text)
    bigrams: Mapped[str] = mapped_column(Text)
    lacking: Mapped[list[str]] = mapped_column(JSON)
    complete: Mapped[bool]
    filled_at: Mapped[datetime] = mapped_column(Moment)


class ArchiveOpening(Base):
    """A protected case was opened by a member of the staff, who wrote why."""

    __tablename__ = "archive_opening"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class Playback(Base):
    """Somebody of the staff has a recording open; the files are given out under this id, and to nobody else.

    `played_at`: when something of it was given out first.
    """

    __tablename__ = "playback"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    played_at: Mapped[datetime | None] = mapped_column(Moment)


# The index of words, which SQLAlchemy can't describe: create_all runs these after the table, migrations by hand.
SEARCH_INDEX: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE VIRTUAL TABLE archive_words USING fts5("
        "bigrams, content='archive_entry', content_rowid='seq', tokenize='ascii')",
        "CREATE TRIGGER archive_words_insert AFTER INSERT ON archive_entry BEGIN"
        " INSERT INTO archive_words (rowid, bigrams) VALUES (new.seq, new.bigrams); END",
        "CREATE TRIGGER archive_words_delete AFTER DELETE ON archive_entry BEGIN"
        " INSERT INTO archive_words (archive_words, rowid, bigrams) VALUES ('delete', old.seq, old.bigrams); END",
        "CREATE TRIGGER archive_words_update AFTER UPDATE OF bigrams ON archive_entry BEGIN"
        " INSERT INTO archive_words (archive_words, rowid, bigrams) VALUES ('delete', old.seq, old.bigrams);"
        " INSERT INTO archive_words (rowid, bigrams) VALUES (new.seq, new.bigrams); END",
    ),
    "postgresql": ("CREATE INDEX archive_words ON archive_entry USING gin (string_to_array(bigrams, ' '))",),
}

for _dialect, _statements in SEARCH_INDEX.items():
    for _statement in _statements:
        _ddl = DDL(_statement).execute_if(dialect=_dialect)  # type: ignore[no-untyped-call]
        event.listen(ArchiveEntry.__table__, "after_create", _ddl)
