"""The connection log on the case page: session by session, who was connected and what was not their fault."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import StaffActor
from mediation.cases.models import CaseFile
from mediation.cases.sections import Section
from mediation.clock import now
from mediation.i18n import gettext as _
from mediation.live import wording
from mediation.live.connection_log import log_of
from mediation.live.models import ConnectionSpan
from mediation.permissions import Action, allowed
from mediation.sessions.models import MediationSession


async def connections_on_case_page(db: AsyncSession, case: CaseFile, actor: StaffActor) -> Section | None:
    """The log of each session that somebody joined; nothing for who may not see sessions."""
    if not allowed(actor.roles, Action.SEE_SESSION, own=True):
        return None
    joined = select(ConnectionSpan.session_id)
    found = select(MediationSession).where(MediationSession.case_id == case.id, MediationSession.id.in_(joined))
    held = (await db.scalars(found.order_by(MediationSession.number.desc()))).all()
    if not held:
        return None
    logs = [(session, await log_of(db, session)) for session in held]
    tab = (_("Connections"), len(logs))
    context = {"logs": logs, "words": wording, "until": now()}
    return Section(
        "live/connections_on_case_page.html", context, column="main", order=45, tab=tab, anchor="connections"
    )
