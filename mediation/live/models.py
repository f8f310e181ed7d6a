"""The live session's tables. Seats are the truth; media follows them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment, choice
from mediation.live.kinds import Ending
from mediation.tokens import new_id


class LiveSession(Base):
    """A session from the first arrival on. Its row is locked by whoever changes seats."""

    __tablename__ = "live_session"

    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), primary_key=True)
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    mediator_lost_at: Mapped[datetime | None] = mapped_column(Moment)
    next_at: Mapped[datetime | None] = mapped_column(Moment)
    topic: Mapped[str] = mapped_column(String(120), default="")
    # Who leads, once somebody has come who may; never two.
    host_participant_id: Mapped[str | None] = mapped_column(ForeignKey("participant.id"))
    recording_asked_at: Mapped[datetime | None] = mapped_column(Moment)


class Seat(Base):
    """Where a participant is placed. `resume_room` remembers the room that the loss of the mediator emptied."""

    __tablename__ = "seat"

    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)
    room: Mapped[str] = mapped_column(String(40))
    resume_room: Mapped[str | None] = mapped_column(String(40))
    arrived_at: Mapped[datetime] = mapped_column(Moment)
    since: Mapped[datetime] = mapped_column(Moment)
    hand_raised_at: Mapped[datetime | None] = mapped_column(Moment)
    signal: Mapped[str | None] = mapped_column(String(20))
    signalled_at: Mapped[datetime | None] = mapped_column(Moment)
    muted: Mapped[bool] = mapped_column(default=False)
    may_share_screen: Mapped[bool] = mapped_column(default=False)


class ChatLine(Base):
    """A line of chat and who was there to read it; nobody else ever does."""

    __tablename__ = "chat_line"
    __table_args__ = (
        Index("ix_chat_line_session_id_at", "session_id", "at"),
        UniqueConstraint("author_participant_id", "key"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"))
    room: Mapped[str] = mapped_column(String(40))
    author_participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"))
    audience: Mapped[list[str]] = mapped_column(JSON)
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    # What the sender's browser calls this line, so that a repeated sending is kept once.
    key: Mapped[str] = mapped_column(String(40))


class Attendance(Base):
    """One stay of a participant: from coming in to leaving or being lost; for the minutes."""

    __tablename__ = "attendance"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    came_at: Mapped[datetime] = mapped_column(Moment)
    left_at: Mapped[datetime | None] = mapped_column(Moment)


class ConnectionSpan(Base):
    """A participant was connected without a gap; the spans of a participant are their connection log.

    `seen_at` is moved on while it lasts, so that after a death of the server it is known until when it did.
    """

    __tablename__ = "connection_span"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ending: Mapped[Ending | None] = mapped_column(choice(Ending))


class ConnectionSample(Base):
    """How the connection was, over the half minute (at most) from `at` on; what the media engine can't tell is None.

    `round_trip` in ms, `loss` in thousandths of what was sent to them (the worst), rates in kbit/s (means): what came
    from them, what was sent to them.
    """

    __tablename__ = "connection_sample"

    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    connected: Mapped[bool]
    round_trip: Mapped[int | None]
    loss: Mapped[int | None]
    rate_in: Mapped[int]
    rate_out: Mapped[int]
    layer: Mapped[str | None] = mapped_column(String(8))


class Consultation(Base):
    """A question to a judge during a session, and the judge's advice note, which goes to the case file."""

    __tablename__ = "consultation"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    question: Mapped[str] = mapped_column(Text)
    asked_by_staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    judge_staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    advice: Mapped[str] = mapped_column(Text, default="")
    advised_at: Mapped[datetime | None] = mapped_column(Moment)
