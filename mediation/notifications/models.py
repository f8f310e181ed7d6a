"""The outbox and the one-time codes."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment, choice
from mediation.tokens import new_id


class MessageKind(StrEnum):
    """What a message is for."""

    INVITATION = "invitation"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    REMOVAL = "removal"
    NEW_LINK = "new_link"
    CODE = "code"
    PAPERS = "papers"
    NOTE = "note"


class MessageState(StrEnum):
    """Where a message stands. `withheld`: the person has no safe channel, somebody has to telephone. `too_late`: the
    session that it tells about was over before it could leave."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    WITHHELD = "withheld"
    TOO_LATE = "too_late"


class Transport(StrEnum):
    """What a message left by: a mail server, or only a file in the folder of this machine."""

    SMTP = "smtp"
    MAIL_FOLDER = "mail_folder"
    SMS_FOLDER = "sms_folder"


class Message(Base):
    """One message to one person. Link, code and organiser are placeholders until it is delivered (see filling.py)."""

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_due", "state", "next_attempt_at"),
        Index("ix_message_calendar", "person_id", "calendar_uid"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[MessageKind] = mapped_column(choice(MessageKind))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    participant_id: Mapped[str | None] = mapped_column(ForeignKey("participant.id"))
    link_path: Mapped[str | None] = mapped_column(String(200))
    code_id: Mapped[str | None] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(2), default="zh")
    neutral: Mapped[bool] = mapped_column(default=False)
    at_once: Mapped[bool] = mapped_column(default=False)
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    short_text: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str] = mapped_column(String(120))
    calendar_method: Mapped[str | None] = mapped_column(String(16))
    calendar_uid: Mapped[str | None] = mapped_column(String(80))
    calendar_sequence: Mapped[int | None]
    calendar_file: Mapped[str | None] = mapped_column(Text)
    state: Mapped[MessageState] = mapped_column(choice(MessageState), default=MessageState.QUEUED)
    transport: Mapped[Transport | None] = mapped_column(choice(Transport))
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime] = mapped_column(Moment)
    next_attempt_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)


class OneTimeCode(Base):
    """A code sent to a person's safe channel. The code itself is nowhere: it is an HMAC of this row's id."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_subject", "purpose", "subject_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    purpose: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
