"""Write minutes while the session runs (法释〔2021〕23号 art. 22), part by part; nobody's words are overwritten unseen."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.access import case_for
from mediation.cases.parties import must_be_open
from mediation.clock import now
from mediation.config import Settings
from mediation.documents.glyphs import require_printable
from mediation.errors import Conflict, Invalid
from mediation.journal.record import record
from mediation.minutes.kinds import Part
from mediation.minutes.models import Minutes, MinutesPart
from mediation.permissions import Action
from mediation.sessions.kinds import SessionState
from mediation.sessions.models import MediationSession
from mediation.sessions.queries import session_for

LONGEST = 20_000


async def start_minutes(db: AsyncSession, actor: StaffActor, session: MediationSession) -> Minutes:
    """The minutes of the session, begun now if nobody did; their row is held until the transaction ends.

    Raises Conflict("case_closed") where they would be begun too late to be filed.
    """
    # The session's row is locked by the caller, so that two who begin at once give one.
    found = select(Minutes).where(Minutes.session_id == session.id).with_for_update()
    minutes = await db.scalar(found.execution_options(populate_existing=True))
    if minutes is None:
        must_be_open(await case_for(db, actor, session.case_id, Action.WRITE_MINUTES, lock=True))
        minutes = Minutes(
            session_id=session.id, case_id=session.case_id, started_by_staff_id=actor.staff_id, started_at=now()
        )
        db.add(minutes)
        record(db, actor, "minutes_started", case_id=session.case_id, subject=session.id, number=session.number)
        await db.flush()
    return minutes


async def write_part(
    db: AsyncSession, actor: StaffActor, session_id: str, part: Part, version: int, text: str, *, settings: Settings
) -> int:
    """Save one part over the version that was seen; gives its new version. Saving what is there changes nothing.

    Raises Conflict("minutes_changed") when somebody else saved it meanwhile (their words stay, the caller shows both),
    Conflict("minutes_final"), Conflict("session_cancelled"), Conflict("case_closed"), Invalid, NotFound, NotAllowed.
    """
    session, case = await session_for(db, actor, session_id, Action.WRITE_MINUTES, lock=True)
    if session.state is SessionState.CANCELLED:
        raise Conflict("session_cancelled", "This session was cancelled.")
    if len(text) > LONGEST:
        raise Invalid("too_long", "This is too long.", fields={part.value: "This is too long."})
    require_printable(text, settings.font_dir)
    minutes = await start_minutes(db, actor, session)
    if minutes.final_at is not None:
        raise Conflict("minutes_final", "The minutes are final and can't be changed any more.")
    must_be_open(case)
    written = await db.get(MinutesPart, (session_id, part), populate_existing=True)
    if written is None:
        written = MinutesPart(session_id=session_id, part=part, version=0, text="")
        db.add(written)
    if written.text == text:
        return written.version
    if written.version != version:
        raise Conflict("minutes_changed", "Somebody else wrote here meanwhile. Both texts are kept: please join them.")
    written.version, written.text = version + 1, text
    written.written_by_staff_id, written.written_at = actor.staff_id, now()
    record(
        db, actor, "minutes_written", case_id=session.case_id, subject=session.id, part=part.value, version=version + 1
    )
    await db.flush()
    return written.version
