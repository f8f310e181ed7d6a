"""The minutes of a session and their parts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment, choice
from mediation.minutes.kinds import Part


class Minutes(Base):
    """Minutes from the first word to their document. `content` is fixed when they are final: it is what is printed."""

    __tablename__ = "minutes"

    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    started_by_staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime] = mapped_column(Moment)
    final_by_staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    final_at: Mapped[datetime | None] = mapped_column(Moment)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))


class MinutesPart(Base):
    """One part; `version` counts its savings, so that two who write at once never overwrite each other unseen."""

    __tablename__ = "minutes_part"

    session_id: Mapped[str] = mapped_column(ForeignKey("minutes.session_id"), primary_key=True)
    part: Mapped[Part] = mapped_column(choice(Part), primary_key=True)
    version: Mapped[int] = mapped_column(default=0)
    text: Mapped[str] = mapped_column(Text, default="")
    written_by_staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    written_at: Mapped[datetime | None] = mapped_column(Moment)
