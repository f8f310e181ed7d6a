"""The minutes on the case page."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.models import CaseFile
from mediation.cases.sections import Section
from mediation.i18n import gettext as _
from mediation.minutes.models import Minutes
from mediation.permissions import Action, allowed
from mediation.sessions.models import MediationSession


async def on_case_page(db: AsyncSession, case: CaseFile, actor: StaffActor) -> Section | None:
    """The minutes of each session, being written or final; nothing for who may not see sessions."""
    if not allowed(actor.roles, Action.SEE_SESSION, own=True):
        return None
    rows = await db.execute(
        select(MediationSession, Minutes)
        .join(Minutes, Minutes.session_id == MediationSession.id)
        .where(Minutes.case_id == case.id)
        .order_by(MediationSession.number)
    )
    written = [(session, minutes) for session, minutes in rows]
    if not written:
        return None
    tab = (_("Minutes"), len(written))
    return Section("minutes/on_case_page.html", {"written": written}, order=40, tab=tab, anchor="minutes")
