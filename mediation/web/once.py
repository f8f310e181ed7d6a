"""A form that is sent twice is performed once: the second sending is led to where the first one led."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from mediation.actor import Actor
from mediation.clock import now
from mediation.db import Base, Moment

REMEMBERED = timedelta(days=1)


class PerformedOnce(Base):
    """A form that somebody sent, and where it led. `key` is the hash of the form's hidden field."""

    __tablename__ = "performed_once"

    actor: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    location: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime] = mapped_column(Moment, index=True)


async def once(db: AsyncSession, actor: Actor, key: str, perform: Callable[[], Awaitable[str]]) -> str:
    """Perform, in this transaction, what the form with the hidden field `key` asks; gives the location to look at.

    The same key of the same actor again gives the first location and performs nothing. An empty key is always performed.
    A sending that arrives while the first is still at work waits for it.
    """
    if not key:
        return await perform()
    digest = hashlib.sha256(key.encode()).hexdigest()
    performed = PerformedOnce(actor=actor.key, key=digest, at=now())
    try:
        async with db.begin_nested():
            db.add(performed)
    except IntegrityError:
        mine = select(PerformedOnce.location).where(PerformedOnce.actor == actor.key, PerformedOnce.key == digest)
        return (await db.scalars(mine)).one()
    await db.execute(
        delete(PerformedOnce).where(PerformedOnce.actor == actor.key, PerformedOnce.at < now() - REMEMBERED)
    )
    performed.location = await perform()
    return performed.location
