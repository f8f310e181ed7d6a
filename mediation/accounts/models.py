"""Organisations and the staff who log in for them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment, choice
from mediation.tokens import new_id


class OrganisationKind(StrEnum):
    """What kind of organisation takes part in the workstation."""

    FEDERATION = "federation"
    COURT = "court"
    COMMITTEE = "committee"
    BUREAU = "bureau"


class Organisation(Base):
    """A federation, court, committee or bureau that owns or shares case files."""

    __tablename__ = "organisation"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[OrganisationKind] = mapped_column(choice(OrganisationKind))
    name: Mapped[str] = mapped_column(String(100))
    short_name: Mapped[str] = mapped_column(String(20))


class Staff(Base):
    """A staff account; each is a person in the directory."""

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), unique=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"), index=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column(JSON)
    title: Mapped[str] = mapped_column(String(40), default="")
    must_change_password: Mapped[bool] = mapped_column(default=False)
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)


class Login(Base):
    """One browser of one member of staff, from login to logout; revocable on the server."""

    __tablename__ = "login"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    seen_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
