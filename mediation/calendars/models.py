"""What one participant's calendar has been told about one session."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment


class CalendarEntry(Base):
    """The event in one participant's calendar: their own UID, which never changes, and their own SEQUENCE.

    Each participant has a counter of their own, so that a number that jumps tells nobody that something was changed
    for somebody else. `address_version` is the version of the join link that the event carries.
    """

    __tablename__ = "calendar_entry"

    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"), primary_key=True)
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    address_version: Mapped[int]
    cancelled: Mapped[bool] = mapped_column(default=False)
