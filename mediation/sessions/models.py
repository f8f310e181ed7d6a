"""What is booked: the session, who is expected, the quarter-hours it takes, consents and identity checks."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment, choice
from mediation.sessions.kinds import Mode as Mode
from mediation.sessions.kinds import ParticipantRole as ParticipantRole
from mediation.sessions.kinds import Reply as Reply
from mediation.sessions.kinds import SessionKind as SessionKind
from mediation.sessions.kinds import SessionState as SessionState
from mediation.sessions.kinds import Side as Side
from mediation.tokens import new_id


class MediationSession(Base):
    """A mediation or consultation at a time. `number` counts the sessions of a case; `revision` every change."""

    __tablename__ = "mediation_session"
    __table_args__ = (
        Index("ix_mediation_session_starts_at", "starts_at"),
        UniqueConstraint("case_id", "number"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    number: Mapped[int]
    kind: Mapped[SessionKind] = mapped_column(choice(SessionKind))
    mode: Mapped[Mode] = mapped_column(choice(Mode))
    state: Mapped[SessionState] = mapped_column(choice(SessionState), default=SessionState.BOOKED)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    question: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    revision: Mapped[int] = mapped_column(default=0)
    booked_by_staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class Participant(Base):
    """Someone expected at a session. `staff_id` is set for those who come by the staff login."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[ParticipantRole] = mapped_column(choice(ParticipantRole))
    side: Mapped[Side] = mapped_column(choice(Side))
    required: Mapped[bool] = mapped_column(default=True)
    reply: Mapped[Reply] = mapped_column(choice(Reply), default=Reply.NONE)
    reply_note: Mapped[str] = mapped_column(String(500), default="")
    replied_at: Mapped[datetime | None] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)


class TimeClaim(Base):
    """A quarter-hour (count since 1970-01-01 UTC) taken by a person; the primary key makes double booking impossible."""

    __tablename__ = "time_claim"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    quarter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)


class Consent(Base):
    """A participant's answer to a versioned text (法释〔2021〕23号 art. 4 and 7), kept with its time."""

    __tablename__ = "consent"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"), index=True)
    subject: Mapped[str] = mapped_column(String(40))
    text_version: Mapped[str] = mapped_column(String(20))
    given: Mapped[bool]
    at: Mapped[datetime] = mapped_column(Moment)


class IdentityCheck(Base):
    """The mediator's confirmation of who a participant is (法释〔2021〕23号 art. 17: nobody is admitted unverified)."""

    __tablename__ = "identity_check"

    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    document: Mapped[str] = mapped_column(String(40))
    number_masked: Mapped[str] = mapped_column(String(32), default="")
    confirmed_by_staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    confirmed_at: Mapped[datetime] = mapped_column(Moment)
