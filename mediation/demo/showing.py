"""What the demo holds: address, logins by role, today's session, each participant's join link."""

import json
from itertools import chain
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.accounts.models import Staff
from mediation.clock import now
from mediation.config import Settings
from mediation.demo.telling import LEAST_LEFT, passwords_file
from mediation.invitations.links import personal_link
from mediation.sessions.models import MediationSession, SessionKind, SessionState
from mediation.sessions.queries import participants_of


async def contents(db: AsyncSession, settings: Settings) -> dict[str, Any]:
    """The demo as plain data; links open the door, so this is for whoever owns the data folder."""
    session = await _next_session(db)
    return {
        "address": settings.base_url,
        "staff": await _logins(db, settings),
        "session": await _session(db, session, settings) if session else None,
    }


async def _logins(db: AsyncSession, settings: Settings) -> dict[str, dict[str, str]]:
    path = passwords_file(settings)
    passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    staff = await db.scalars(select(Staff).where(Staff.username.in_(passwords)).order_by(Staff.created_at))
    return {
        role: {"username": member.username, "password": passwords[member.username]}
        for member in staff
        for role in member.roles
    }


async def _next_session(db: AsyncSession) -> MediationSession | None:
    """What is held now; else what comes first and is not nearly over."""
    held = select(MediationSession).where(
        MediationSession.kind == SessionKind.MEDIATION,
        or_(
            MediationSession.state == SessionState.LIVE,
            and_(MediationSession.state == SessionState.BOOKED, MediationSession.ends_at > now() + LEAST_LEFT),
        ),
    )
    sessions = (await db.scalars(held.order_by(MediationSession.starts_at))).all()
    running = (each for each in sessions if each.state is SessionState.LIVE)
    return next(chain(running, sessions), None)


async def _session(db: AsyncSession, session: MediationSession, settings: Settings) -> dict[str, Any]:
    participants = []
    for participant, person in await participants_of(db, session.id):
        link = await personal_link(db, participant.id, settings.base_url)
        participants.append(
            {
                "role": participant.role.value,
                "called": person.called,
                "name": person.name,
                "link": link or f"{settings.base_url}/sessions/{session.id}",
            }
        )
    return {
        "id": session.id,
        "case_id": session.case_id,
        "starts_at": session.starts_at.isoformat(),
        "participants": participants,
    }
