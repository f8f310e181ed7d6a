"""Minutes become final, and their document is made once: first the words are fixed, then printed outside of any transaction."""

import asyncio

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM, StaffActor
from mediation.cases.parties import must_be_open
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.documents.canonical import content_hash
from mediation.documents.store import keep
from mediation.documents.typesetting import typeset
from mediation.errors import Conflict
from mediation.journal.record import record
from mediation.minutes.models import Minutes
from mediation.minutes.printing import TEMPLATE, content_of
from mediation.minutes.writing import start_minutes
from mediation.permissions import Action
from mediation.sessions.kinds import SessionState
from mediation.sessions.queries import session_for


async def file_minutes(database: Database, settings: Settings, actor: StaffActor, session_id: str) -> str:
    """Make the minutes of the session final as they are, begun or not, and give the SHA-256 of their document.

    Doing it again gives the same. Raises Conflict for a session that is not over or whose case is closed, NotFound,
    NotAllowed, Unavailable.
    """
    await database.write(lambda db: finish(db, actor, session_id, settings=settings))
    return await file_pdf(database, settings, session_id)


async def finish(db: AsyncSession, actor: StaffActor, session_id: str, *, settings: Settings) -> Minutes:
    """Nobody changes the minutes any more; attendance and times are filled in. Doing it again changes nothing."""
    session, case = await session_for(db, actor, session_id, Action.WRITE_MINUTES, lock=True)
    # Not sooner: final minutes tell when everybody left.
    if session.state is not SessionState.ENDED:
        raise Conflict("session_not_held", "Minutes become final when the session is over.")
    minutes = await start_minutes(db, actor, session)
    if minutes.final_at is None:
        must_be_open(case)
        minutes.final_at, minutes.final_by_staff_id = now(), actor.staff_id
        minutes.content = await content_of(db, case, session, minutes.final_at, settings)
        minutes.content_hash = content_hash(minutes.content)
        record(
            db, actor, "minutes_final", case_id=case.id, subject=session.id, number=session.number,
            content_hash=minutes.content_hash,
        )  # fmt: skip
        await db.flush()
    return minutes


async def file_pdf(database: Database, settings: Settings, session_id: str) -> str:
    """The SHA-256 of the document of final minutes, which is made now if it was not yet. Raises Unavailable, Invalid."""
    async with database.read() as db:
        minutes = await db.get_one(Minutes, session_id)
    if minutes.pdf_sha256:
        return minutes.pdf_sha256
    if minutes.content is None or minutes.final_at is None:
        raise Conflict("minutes_not_final", "The minutes are not final yet.")
    data = {**minutes.content, "content_hash": minutes.content_hash}
    made = await typeset(TEMPLATE, data, font_dir=settings.font_dir, at=minutes.final_at)
    digest = await asyncio.to_thread(keep, settings.data_dir, made)
    return await database.write(lambda db: _name(db, session_id, digest))


async def file_pdfs(database: Database, settings: Settings) -> None:
    """Make what a crash left over."""
    async with database.read() as db:
        waiting = select(Minutes.session_id).where(Minutes.final_at.is_not(None), Minutes.pdf_sha256.is_(None))
        left = (await db.scalars(waiting)).all()
    for session_id in left:
        await file_pdf(database, settings, session_id)


async def _name(db: AsyncSession, session_id: str, digest: str) -> str:
    unnamed = update(Minutes).where(Minutes.session_id == session_id, Minutes.pdf_sha256.is_(None))
    first = await db.execute(unnamed.values(pdf_sha256=digest).execution_options(synchronize_session=False))
    minutes = await db.get_one(Minutes, session_id, populate_existing=True)
    if first.rowcount:  # type: ignore[attr-defined]
        record(db, SYSTEM, "minutes_filed", case_id=minutes.case_id, subject=session_id, sha256=digest)
    assert minutes.pdf_sha256 is not None
    return minutes.pdf_sha256
