"""Case files: the dispute, its parties, who owns and who shares it, what is filed in it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mediation.cases.kinds import CaseState as CaseState
from mediation.cases.kinds import DisputeKind as DisputeKind
from mediation.cases.kinds import DocumentKind as DocumentKind
from mediation.cases.kinds import Outcome as Outcome
from mediation.cases.kinds import PartyRole as PartyRole
from mediation.db import Base, Moment, choice
from mediation.tokens import new_id


class CaseFile(Base):
    """A dispute and all that happens in it. `revision` counts edits, so that a stale form is noticed."""

    __tablename__ = "case_file"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    year: Mapped[int]
    serial: Mapped[int]
    dispute_kind: Mapped[DisputeKind] = mapped_column(choice(DisputeKind))
    summary: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(100), default="")
    court_case_number: Mapped[str] = mapped_column(String(60), default="")
    state: Mapped[CaseState] = mapped_column(choice(CaseState), default=CaseState.OPEN)
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    outcome_reason: Mapped[str] = mapped_column(Text, default="")
    revision: Mapped[int] = mapped_column(default=0)
    owner_organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    mediator_staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    opened_by_staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)

    __table_args__ = (UniqueConstraint("year", "serial"),)


class CaseShare(Base):
    """An organisation named as sharing a case file."""

    __tablename__ = "case_share"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), primary_key=True)


class Party(Base):
    """A person in dispute; `relation` says what they are to the matter (孩子的母亲)."""

    __tablename__ = "party"
    __table_args__ = (UniqueConstraint("case_id", "person_id"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[PartyRole] = mapped_column(choice(PartyRole))
    relation: Mapped[str] = mapped_column(String(40), default="")


class CaseSerial(Base):
    """The last serial number that was given in a year; its row is locked by whoever takes the next."""

    __tablename__ = "case_serial"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class CaseNote(Base):
    """What somebody who works on the case wrote down."""

    __tablename__ = "case_note"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)


class CaseDocument(Base):
    """A PDF that was filed. Its content lies outside the database under its SHA-256 (documents/store.py)."""

    __tablename__ = "case_document"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    kind: Mapped[DocumentKind] = mapped_column(choice(DocumentKind))
    title: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    filed_at: Mapped[datetime] = mapped_column(Moment)
