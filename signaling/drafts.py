"""Tell a viewer that the agreement has changed, if and only if what this viewer sees of it has changed."""

import socketio

from mediation.agreements.view import agreement_view
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.sessions.models import MediationSession
from signaling.presence import Connection


class Drafts:
    """What each connection was last told of its case's agreement."""

    def __init__(self, sio: socketio.AsyncServer, database: Database, settings: Settings) -> None:
        self._sio = sio
        self._database = database
        self._settings = settings

    async def remember(self, connection: Connection) -> None:
        """What a new page shows by itself needs no telling; one whose socket is new may have missed a change."""
        connection.draft = await self._fingerprint(connection)
        if connection.credentials.again and connection.draft:
            await self._sio.emit("agreement", {}, to=connection.sid)

    async def tell(self, connections: list[Connection]) -> None:
        """Send the event to those whose view differs. To tell everybody would tell when somebody hidden signs."""
        for connection in connections:
            seen = await self._fingerprint(connection)
            if seen != connection.draft:
                connection.draft = seen
                await self._sio.emit("agreement", {}, to=connection.sid)

    async def _fingerprint(self, connection: Connection) -> str:
        async with self._database.read() as db:
            session = await db.get_one(MediationSession, connection.session_id)
            view = await agreement_view(db, connection.actor, session.case_id, settings=self._settings, at=now())
        return view.fingerprint() if view else ""
