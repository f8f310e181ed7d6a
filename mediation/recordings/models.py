"""What was recorded of a session's main room. Sound and pictures lie in sealed files; their keys here, wrapped."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment, choice
from mediation.recordings.kinds import End as End
from mediation.recordings.kinds import Shows as Shows
from mediation.tokens import new_id


class Recording(Base):
    """One recording, from the mediator's click to whatever ended it. `erased_at`: its keys and files are gone.

    `keep_days`: how long after its end it is kept at most, as people read when they agreed.
    """

    __tablename__ = "recording"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    started_by_staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    started_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[End | None] = mapped_column(choice(End))
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    keep_days: Mapped[int | None]  # None: made when this wasn't written down yet


class RecordedPart(Base):
    """One person's file, of the person or of the screen that they share; more than one of each when the person went and
    came back, or the media worker was replaced.

    `wrapped_key`: the file's own key under the master key of number `master`. When the file was looked through, `contents`
    (see film.py), its `size` in bytes and its `sha256` are known; `altered` when that found something that we did not write.
    """

    __tablename__ = "recorded_part"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    recording_id: Mapped[str] = mapped_column(ForeignKey("recording.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"))
    shows: Mapped[Shows] = mapped_column(choice(Shows), server_default=Shows.PERSON.value)
    began_at: Mapped[datetime] = mapped_column(Moment)
    master: Mapped[int]
    wrapped_key: Mapped[str] = mapped_column(String(200))
    contents: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    altered: Mapped[bool] = mapped_column(default=False)
    filed_at: Mapped[datetime | None] = mapped_column(Moment)
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
