"""Agreements: the draft and its clauses, what each party said to each clause, their signatures."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mediation.agreements.kinds import AgreementState, Answer, ClauseKind, Manner, Matter
from mediation.db import Base, Moment, choice
from mediation.tokens import new_id


class Agreement(Base):
    """An agreement from draft to effect. `version` counts the changes of its content; everyone who acts names it.

    `parties` (person id, name, called, role) and `content_hash` are fixed when it is offered.
    """

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("case_id", "serial"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_file.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[AgreementState] = mapped_column(choice(AgreementState), default=AgreementState.DRAFTING)
    facts: Mapped[str] = mapped_column(Text, default="")
    parties: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    content_hash: Mapped[str | None] = mapped_column(String(64))
    created_by_staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(Moment)
    offered_by_staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    offered_at: Mapped[datetime | None] = mapped_column(Moment)
    effective_at: Mapped[datetime | None] = mapped_column(Moment)
    void_reason: Mapped[str] = mapped_column(String(500), default="")
    pdf_sha256: Mapped[str | None] = mapped_column(String(64))


class Clause(Base):
    """A term. `text` is what is agreed; `fields` is what it was made from; `changed_in` the version of its last change."""

    __tablename__ = "clause"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreement.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ClauseKind] = mapped_column(choice(ClauseKind))
    matter: Mapped[Matter] = mapped_column(choice(Matter), default=Matter.ORDINARY)
    title: Mapped[str] = mapped_column(String(60))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    text: Mapped[str] = mapped_column(Text)
    changed_in: Mapped[int]


class ClauseReading(Base):
    """What a party last said to a clause, at which version; it holds as long as the clause stays as it was."""

    __tablename__ = "clause_reading"

    clause_id: Mapped[str] = mapped_column(ForeignKey("clause.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"))
    version: Mapped[int]
    answer: Mapped[Answer] = mapped_column(choice(Answer))
    at: Mapped[datetime] = mapped_column(Moment)


class Signature(Base):
    """A party's signature under one version. It counts from `confirmed_at` (the code was right) until `voided_at`."""

    __tablename__ = "signature"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreement.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"))
    version: Mapped[int]
    content_hash: Mapped[str] = mapped_column(String(64))
    manner: Mapped[Manner] = mapped_column(choice(Manner))
    strokes: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    voided_at: Mapped[datetime | None] = mapped_column(Moment)
    void_reason: Mapped[str] = mapped_column(String(40), default="")
