"""Who connects: staff by the login cookie, a participant by the cookie of their redeemed link; and from our own pages only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import ParticipantActor, StaffActor
from mediation.errors import Invalid, NotAllowed, NotSignedIn
from mediation.web.keys import RESOLVE_PARTICIPANT, RESOLVE_STAFF, SETTINGS, STAFF_COOKIE, WAY_COOKIE

Person = StaffActor | ParticipantActor
_ID = re.compile(r"[\w-]{0,64}", re.ASCII)  # no database is asked for what it can't hold


@dataclass(frozen=True)
class Credentials:
    """What a socket brought; kept so that its right can be checked again while it is open."""

    session_id: str
    invitation_id: str
    token: str
    locale: str
    again: bool = False  # the same page had a socket before, so what ended that one was the line


def read_credentials(request: web.Request, auth: object, base_url: str) -> Credentials:
    """Read cookie and wish of a new socket.

    Raises NotAllowed for a foreign origin, Invalid for a malformed wish, NotSignedIn without the cookie.
    """
    if urlsplit(request.headers.get("Origin", "")).netloc not in {request.host, urlsplit(base_url).netloc}:
        raise NotAllowed("foreign_origin", "This came from another site and was not accepted.")
    wish: Mapping[str, Any] = auth if isinstance(auth, dict) else {}
    session_id, invitation_id = wish.get("session", ""), wish.get("invitation", "")
    if not (_may_be_id(session_id) and _may_be_id(invitation_id) and (session_id or invitation_id)):
        raise Invalid("invalid_connect")
    token = request.cookies.get(WAY_COOKIE + invitation_id if invitation_id else STAFF_COOKIE)
    if not token:
        raise NotSignedIn()
    locale = "en" if request.cookies.get("lang") == "en" else "zh"
    return Credentials(session_id, invitation_id, token, locale, again=wish.get("again") is True)


def _may_be_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


async def find_actor(app: web.Application, db: AsyncSession, credentials: Credentials) -> Person:
    """Whose credentials these are now. Raises NotSignedIn when they opened something once and no longer do."""
    actor: Person | None
    if credentials.invitation_id:
        actor = await app[RESOLVE_PARTICIPANT](db, credentials.invitation_id, credentials.token)
    else:
        actor = await app[RESOLVE_STAFF](db, credentials.token, app[SETTINGS])
    if actor is None:
        raise NotSignedIn()
    return actor
