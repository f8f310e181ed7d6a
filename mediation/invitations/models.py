"""Each person's way into one session."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment
from mediation.tokens import new_id


class Invitation(Base):
    """The join link of one participant. Renewing raises `version`, so that the old link opens nothing."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Moment)
    redeemed_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class Way(Base):
    """A browser in which a join link was redeemed; its cookie's hash, revocable."""

    __tablename__ = "way"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    invitation_id: Mapped[str] = mapped_column(ForeignKey("invitation.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
