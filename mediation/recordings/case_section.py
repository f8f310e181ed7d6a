"""What was recorded, on the case page: that it exists, not what it shows."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.models import CaseFile
from mediation.cases.sections import Section
from mediation.i18n import gettext as _
from mediation.permissions import Action, allowed
from mediation.recordings.models import Recording
from mediation.sessions.models import MediationSession


async def recordings_of(db: AsyncSession, case_id: str) -> list[tuple[Recording, MediationSession]]:
    """The case's recordings in the order in which they were made, each with its session."""
    rows = await db.execute(
        select(Recording, MediationSession)
        .join(MediationSession, MediationSession.id == Recording.session_id)
        .where(Recording.case_id == case_id)
        .order_by(Recording.started_at)
    )
    return [(recording, session) for recording, session in rows]


async def on_case_page(db: AsyncSession, case: CaseFile, actor: StaffActor) -> Section | None:
    """The recordings of the case; nothing for who may not see sessions."""
    if not allowed(actor.roles, Action.SEE_SESSION, own=True):
        return None
    made = await recordings_of(db, case.id)
    if not made:
        return None
    tab = (_("Recordings"), len(made))
    return Section("recordings/on_case_page.html", {"made": made}, order=45, tab=tab, anchor="recordings")
