"""Who took care of which alert."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mediation.db import Base, Moment, choice
from mediation.tokens import new_id
from mediation.watching.kinds import AlertKind


class Care(Base):
    """A member of staff takes care of an alert: of the session as a whole, or about one participant."""

    __tablename__ = "care"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    session_id: Mapped[str] = mapped_column(ForeignKey("mediation_session.id"), index=True)
    participant_id: Mapped[str] = mapped_column(ForeignKey("participant.id"))
    kind: Mapped[AlertKind] = mapped_column(choice(AlertKind))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[datetime] = mapped_column(Moment)
