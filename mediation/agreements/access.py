"""Until when a participant's link opens the agreement."""

from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor
from mediation.clock import now
from mediation.config import Settings
from mediation.errors import Expired
from mediation.invitations.rules import may_read_papers
from mediation.sessions.models import MediationSession


async def require_papers(db: AsyncSession, actor: ParticipantActor, settings: Settings) -> None:
    """During the session and some time after its end (`PAPERS_DAYS`). Raises Expired."""
    session = await db.get_one(MediationSession, actor.session_id)
    if not may_read_papers(session.state, session.ends_at, session.ended_at, now(), settings.papers_days):
        raise Expired("link_over", "This link was valid until some time after the session. For papers please call us.")
