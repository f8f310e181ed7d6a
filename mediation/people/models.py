"""The person directory: who there is, how to reach them safely, who is kept apart from whom."""

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment, choice
from mediation.tokens import new_id


class Channel(StrEnum):
    """How a person may be reached."""

    EMAIL = "email"
    SMS = "sms"
    NONE = "none"


class Person(Base):
    """Somebody in the directory. `called` is how others hear of them: 王女士, 潘调解员."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    called: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str | None] = mapped_column(String(32))
    email: Mapped[str | None] = mapped_column(String(254))
    address: Mapped[str | None] = mapped_column(String(200))
    identity_number_masked: Mapped[str | None] = mapped_column(String(32))
    locale: Mapped[str] = mapped_column(String(2), default="zh")
    elder: Mapped[bool] = mapped_column(default=False)
    safe_channel: Mapped[Channel] = mapped_column(choice(Channel), default=Channel.EMAIL)
    safe_from: Mapped[time | None] = mapped_column(Time)
    safe_until: Mapped[time | None] = mapped_column(Time)
    neutral_wording: Mapped[bool] = mapped_column(default=False)
    organisation_id: Mapped[str | None] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class ProtectedPair(Base):
    """Two persons kept apart, symmetric, in every case. Stored once, the smaller id first."""

    __tablename__ = "protected_pair"
    __table_args__ = (
        CheckConstraint("low_person_id < high_person_id", name="ordered"),
        Index("ix_protected_pair_high_person_id", "high_person_id"),
        UniqueConstraint("low_person_id", "high_person_id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    low_person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    high_person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(500))
    since: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    end_reason: Mapped[str] = mapped_column(String(500), default="")
