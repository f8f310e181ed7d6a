"""Send each viewer their own snapshot when, and only when, what they may see has changed."""

import asyncio
import json
import logging

import socketio

from mediation.db import Database
from mediation.live.seating import Live, load
from mediation.live.view import server_time, view_for
from signaling.placement import Placement
from signaling.presence import Connection, Roster

RETRY = 2.0  # seconds, when the database does not answer
log = logging.getLogger(__name__)


class Broadcast:
    """One sender per session: many changes at once become one snapshot each."""

    def __init__(self, sio: socketio.AsyncServer, database: Database, roster: Roster, placement: Placement) -> None:
        self._sio = sio
        self._database = database
        self._roster = roster
        self._placement = placement
        self._dirty: set[str] = set()
        self._senders: dict[str, asyncio.Task[None]] = {}

    def refresh(self, session_id: str) -> None:
        """Something of this session has changed: look what each viewer sees now."""
        self._dirty.add(session_id)
        if session_id not in self._senders:
            self._senders[session_id] = asyncio.create_task(self._send_while_dirty(session_id))

    async def settled(self, session_id: str) -> None:
        """Wait until everything that changed so far has been sent."""
        self.refresh(session_id)
        await asyncio.shield(self._senders[session_id])

    async def resend(self, connection: Connection) -> None:
        """Send the snapshot again to a viewer who missed one."""
        connection.sent = ""
        await self.settled(connection.session_id)

    async def _send_while_dirty(self, session_id: str) -> None:
        try:
            while session_id in self._dirty:
                self._dirty.discard(session_id)
                await self._send_or_later(session_id)
        finally:
            del self._senders[session_id]

    async def _send_or_later(self, session_id: str) -> None:
        try:
            await self._send(session_id)
        except Exception:
            log.exception("snapshots of session %s could not be sent", session_id)
            self._dirty.add(session_id)
            await asyncio.sleep(RETRY)

    async def _send(self, session_id: str) -> None:
        connections = self._roster.connections(session_id)
        if not connections:
            return
        async with self._database.read() as db:
            live = await load(db, session_id)
            media = self._placement.media(session_id)
            presence = self._roster.presence(session_id, media.lists)
            snapshots = [
                (each, await view_for(db, live, each.participant_id, presence, media))
                for each in connections
                if each.participant_id in live.expected
            ]
        for connection, snapshot in snapshots:
            await self._send_one(live, connection, snapshot)

    async def _send_one(self, live: Live, connection: Connection, snapshot: dict[str, object]) -> None:
        text = json.dumps(snapshot, sort_keys=True)
        if text == connection.sent:
            return
        # The version counts what this viewer was sent, so it does not move on events hidden from them.
        connection.sent, connection.version = text, connection.version + 1
        message = {"version": connection.version, "server_time": server_time(), **snapshot}
        await self._sio.emit("snapshot", message, to=connection.sid)
