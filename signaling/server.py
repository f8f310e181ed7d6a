"""The socket server: connections come and go, commands are answered, and what was touched elsewhere is followed."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Collection
from typing import Any

import socketio
from aiohttp import web

from mediation import i18n
from mediation.actor import ParticipantActor
from mediation.db import Touch
from mediation.errors import MediationError, NotSignedIn
from mediation.live import entering
from mediation.live.seating import load, own_participant
from mediation.web.keys import DATABASE, MEDIA_HEALTHY, SETTINGS
from mediation.web.responses import told
from signaling.broadcast import Broadcast
from signaling.chat_commands import CHAT_COMMANDS
from signaling.commands import Table, answer
from signaling.identity import Person, find_actor, read_credentials
from signaling.media.engine import (
    EngineRestarted,
    MediaEvent,
    PeerBack,
    PeerConnected,
    PeerGone,
    PeerSilent,
    SpeakerChanged,
)
from signaling.media.sfu import EmbeddedEngine, create_engine
from signaling.media_commands import media_commands, note_alive
from signaling.placement import Placement
from signaling.presence import Connection, Roster
from signaling.room_commands import ROOM_COMMANDS
from signaling.watch import Watch

log = logging.getLogger(__name__)
LARGEST_FRAME = 300_000  # bytes; an offer with many lines is the largest thing a browser sends
REVALIDATED_EVERY = 30.0  # seconds
COMMANDS_PER_SECOND = 40

SIGNALING: web.AppKey["Signaling"] = web.AppKey("signaling")


class _Sockets(socketio.AsyncServer):  # type: ignore[misc]
    """python-socketio lets malformed frames escape as tracebacks; their sender is disconnected instead."""

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        try:
            await super()._handle_eio_message(eio_sid, data)
        except Exception as error:
            log.warning("malformed frame (%s); the socket is closed", type(error).__name__)
            await self.eio.disconnect(eio_sid)


class Signaling:
    """Everything that lives as long as the server does: sockets, roster, media engine, watch."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._tasks: set[asyncio.Task[None]] = set()
        self.roster = Roster()
        # Origins are compared by ourselves, at connect.
        self.sio = _Sockets(
            async_mode="aiohttp", cors_allowed_origins="*", cors_credentials=False, max_http_buffer_size=LARGEST_FRAME,
            ping_interval=5, ping_timeout=10, logger=False, engineio_logger=False,
        )  # fmt: skip
        self.sio.attach(app)
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("command", self._command)
        self.embedded: EmbeddedEngine

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        """Start engine and watch, follow the database, end them with the application."""
        settings, database = app[SETTINGS], app[DATABASE]
        self.embedded = embedded = await create_engine(settings.media_host, settings.media_port, self._on_media)
        self.placement = Placement(database, embedded, self.roster, settings.mediator_grace_seconds)
        self.broadcast = Broadcast(self.sio, database, self.roster, self.placement)
        self._table: Table = {**ROOM_COMMANDS, **CHAT_COMMANDS, **media_commands(embedded, self.broadcast)}
        database.on_touched(self._on_touched)
        watch = Watch(database, self.roster, self.placement, self.broadcast, settings.mediator_grace_seconds)
        self._spawn(watch.run())
        self._spawn(self._revalidate_again_and_again())
        yield
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sio.shutdown()
        await embedded.close()

    @property
    def healthy(self) -> bool:
        """Whether the media worker is there."""
        return self.embedded.healthy

    # Connections

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        request: web.Request = environ["aiohttp.request"]
        try:
            credentials = read_credentials(request, auth, self._app[SETTINGS].base_url)
            async with self._app[DATABASE].read() as db:
                actor = await find_actor(self._app, db, credentials)
            session_id = actor.session_id if isinstance(actor, ParticipantActor) else credentials.session_id
            participant_id = await self._take_seat(actor, session_id)
        except MediationError as error:
            with i18n.speaking(request.cookies.get("lang", "zh")):
                raise socketio.exceptions.ConnectionRefusedError(told(error)) from None
        connection = Connection(sid, actor, credentials, session_id, participant_id)
        before = self.roster.add(connection)
        if before is not None:
            await self._end(before, "taken_over")
        # After the handshake has been answered, or the browser would get a snapshot before it is connected.
        self._spawn(self._joined(connection))

    async def _take_seat(self, actor: Person, session_id: str) -> str:
        return await self._app[DATABASE].write(lambda db: entering.enter(db, actor, session_id))

    async def _joined(self, connection: Connection) -> None:
        await self.placement.match(connection.session_id)
        self.broadcast.refresh(connection.session_id)

    async def _disconnect(self, sid: str, *_reason: object) -> None:
        connection = self.roster.drop(sid)
        if connection is None:
            return
        self.broadcast.refresh(connection.session_id)
        self._spawn(self._write_down_loss(connection))

    async def _write_down_loss(self, connection: Connection) -> None:
        await asyncio.sleep(1)  # a page that is reloaded is no loss
        session_id, participant_id = connection.session_id, connection.participant_id
        if self.roster.of(session_id, participant_id) is None:
            await self._app[DATABASE].write(lambda db: entering.lost(db, session_id, participant_id))

    async def _end(self, connection: Connection, reason: str) -> None:
        """Tell a browser that, and why, its connection ends; then end it."""
        await self.sio.emit("ended", {"reason": reason}, to=connection.sid)
        await self.sio.disconnect(connection.sid)

    # Commands

    async def _command(self, sid: str, name: object = None, args: object = None, *_more: object) -> dict[str, Any]:
        connection = self.roster.get(sid)
        if connection is None:
            return {"error": told(NotSignedIn("not_connected", "This page no longer holds your seat."))}
        if not connection.within_limit(COMMANDS_PER_SECOND):
            await self.sio.disconnect(sid)
            return {"error": {"code": "too_many", "message": "", "fields": {}}}
        note_alive(connection)
        return await answer(self._table, connection, name, args, self._change)

    async def _change(self, connection: Connection, unit: Any) -> object:
        result = await self.placement.change(connection.session_id, unit)
        self.broadcast.refresh(connection.session_id)
        return result

    # What happens elsewhere

    def _on_touched(self, touches: Collection[Touch]) -> None:
        self._spawn(self._follow(list(touches)))

    async def _follow(self, touches: list[Touch]) -> None:
        for topic, ident in touches:
            if topic in ("login", "staff", "way"):
                await self._revalidate(self.roster.connections())
            elif topic == "pair":
                for session_id in {c.session_id for c in self.roster.connections() if c.actor.person_id == ident}:
                    await self._refresh(session_id)
            elif topic == "session":
                await self._revalidate(self.roster.connections(ident))
                await self._refresh(ident)
            elif topic == "agreement":
                for connection in self.roster.connections(ident):
                    await self.sio.emit("agreement", {}, to=connection.sid)

    async def _refresh(self, session_id: str) -> None:
        if session_id in self.roster.sessions():
            await self.placement.match(session_id)
            self.broadcast.refresh(session_id)

    async def _revalidate_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(REVALIDATED_EVERY)
            with contextlib.suppress(Exception):
                await self._revalidate(self.roster.connections())

    async def _revalidate(self, connections: list[Connection]) -> None:
        """End the connections whose login, link or place in the session is no longer valid."""
        for connection in connections:
            if not await self._still_valid(connection):
                self.roster.drop(connection.sid)
                await self.embedded.close_peer(connection.session_id, connection.participant_id)
                await self._end(connection, "no_longer_valid")
                await self._refresh(connection.session_id)

    async def _still_valid(self, connection: Connection) -> bool:
        async with self._app[DATABASE].read() as db:
            try:
                actor = await find_actor(self._app, db, connection.credentials)
                return own_participant(await load(db, connection.session_id), actor) == connection.participant_id
            except MediationError:
                return False

    # Media events

    def _on_media(self, event: MediaEvent) -> None:
        if isinstance(event, EngineRestarted):
            self.placement.engine_restarted()
            for session_id in self.roster.sessions():
                self._spawn(self._refresh(session_id))
            return
        connection = self.roster.of(event.room, event.peer)
        if isinstance(event, SpeakerChanged):
            self._spawn(self._tell_speaker(event))
        elif connection is not None and isinstance(event, PeerSilent):
            connection.media_silent_since = time.monotonic() - event.seconds
        elif connection is not None and isinstance(event, PeerBack | PeerConnected | PeerGone):
            connection.media_silent_since = None

    async def _tell_speaker(self, event: SpeakerChanged) -> None:
        for listener, sources in self.placement.media(event.room).lists.items():
            connection = self.roster.of(event.room, listener)
            if event.peer in sources and connection is not None:
                await self.sio.emit("speaking", {"id": event.peer, "speaking": event.speaking}, to=connection.sid)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _logged(work: Any) -> None:
    try:
        await work
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("a background step of signaling failed")


def attach(app: web.Application) -> None:
    """Give the application its sockets and media."""
    signaling = app[SIGNALING] = Signaling(app)
    app[MEDIA_HEALTHY] = lambda: signaling.healthy
    app.cleanup_ctx.append(app[SIGNALING].run)
