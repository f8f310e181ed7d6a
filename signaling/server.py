"""The socket server: connections come and go, commands are answered."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from typing import Any

import socketio
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import i18n
from mediation.actor import ParticipantActor
from mediation.clock import now
from mediation.db import Touch
from mediation.errors import MediationError, NotSignedIn, TooMany, Unavailable
from mediation.live import entering
from mediation.live.kinds import Ending
from mediation.recordings.lifetime import end_interrupted
from mediation.watching.figures import FIGURES
from mediation.web.keys import DATABASE, MEASURES, MEDIA_HEALTHY, SETTINGS
from mediation.web.responses import told
from signaling.broadcast import Broadcast
from signaling.commands import Table, answer, result_of
from signaling.connection_log import ConnectionLog, why_disconnected, why_dropped
from signaling.drafts import Drafts
from signaling.engines import start_engine
from signaling.following import Following
from signaling.identity import Credentials, Person, find_actor, read_credentials
from signaling.media.engine import (
    EngineDown,
    MediaEngine,
)
from signaling.media_events import MediaEvents
from signaling.placement import Placement
from signaling.presence import Connection, Roster
from signaling.recording import Recorders
from signaling.relays import Relays
from signaling.sampling import Sampling
from signaling.sockets import GOODBYE, Sockets
from signaling.stays import Stays
from signaling.table import command_table
from signaling.watch import Watch

log = logging.getLogger(__name__)
COMMANDS_PER_SECOND = 40

SIGNALING: web.AppKey["Signaling"] = web.AppKey("signaling")


class Signaling:
    """Everything that lives as long as the server does: sockets, roster, media engine, watch."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._tasks: set[asyncio.Task[None]] = set()
        self.roster = Roster()
        app[MEASURES].participants_connected.set_function(lambda: len(self.roster.connections()))
        self.sio = Sockets(app)
        self.sio.on("connect", self._connect)
        self.sio.on("disconnect", self._disconnect)
        self.sio.on("command", self._command)
        self.engine: MediaEngine

    async def run(self, app: web.Application) -> AsyncIterator[None]:
        """Start engine and watch, follow the database, end them with the application."""
        settings, database = app[SETTINGS], app[DATABASE]
        self._stays = Stays(database, self.roster)
        self._connections = ConnectionLog(
            database, self.roster, self._stays.door, lambda session_id: self.placement.media(session_id).lists
        )
        await self._connections.end_those_of_before()
        self.engine = engine = await start_engine(settings, lambda event: self.media_events.take(event))
        self.sampling = Sampling(database, self.roster, engine, app[MEASURES])
        grace = settings.mediator_grace_seconds
        await database.write(end_interrupted)
        recorders = Recorders(database, engine, settings.data_dir / "recordings")
        self.placement = Placement(database, engine, self.roster, recorders, grace)
        self.broadcast = Broadcast(self.sio, database, self.roster, self.placement)
        self.placement.before_opening = self.broadcast.settled
        self._drafts = Drafts(self.sio, database, settings)
        self.following = Following(
            database, self.roster, self.placement, self.broadcast, self._drafts, self._actor_of, self._drop
        )
        self.media_events = MediaEvents(
            self.sio,
            self.roster,
            self.placement,
            self.following,
            self._connections,
            app[MEASURES],
            engine.name,
            self._spawn,
        )
        self.table: Table = command_table(settings, engine, self.roster, self.broadcast, Relays(database, settings))
        database.on_touched(self._on_touched)
        self._spawn(Watch(database, self.roster, self.placement, self.broadcast, grace).run())
        self._spawn(self.following.revalidate_again_and_again())
        self._spawn(self._stays.end_those_of_before())
        self._spawn(self._connections.run())
        self._spawn(self.sampling.run())
        yield
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.sio.shutdown()
        await engine.close()

    async def stop_log(self, _app: web.Application) -> None:
        """When the server begins to stop, before it waits for open sockets: nobody is lost by that."""
        await self._connections.stop()

    @property
    def healthy(self) -> bool:
        """Whether all media workers, or all Janus servers, are there."""
        return self.engine.healthy

    # Connections

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object = None) -> None:
        request: web.Request = environ["aiohttp.request"]
        try:
            credentials = read_credentials(request, auth, self._app[SETTINGS].base_url)
            async with self._app[DATABASE].read() as db:
                actor = await self._actor_of(db, credentials)
            connection, before = await self._come_in(sid, actor, credentials)
        except Unavailable:
            raise  # no refusal: the socket is closed, and its page tries again by itself
        except MediationError as error:
            with i18n.speaking(request.cookies.get("lang", "zh")):
                raise socketio.exceptions.ConnectionRefusedError(error.code, told(error)) from None
        if before is not None:
            await self._end(before, "taken_over")
        # After the handshake has been answered, or the browser would get a snapshot before it is connected.
        self._spawn(self._joined(connection))

    async def _actor_of(self, db: AsyncSession, credentials: Credentials) -> Person:
        return await find_actor(self._app, db, credentials)

    async def _come_in(self, sid: str, actor: Person, credentials: Credentials) -> tuple[Connection, Connection | None]:
        session_id = actor.session_id if isinstance(actor, ParticipantActor) else credentials.session_id
        async with self._stays.door(session_id):
            participant_id, span = await self._app[DATABASE].write(
                lambda db: self._enter(db, actor, session_id, credentials.again)
            )
            connection = Connection(sid, actor, credentials, session_id, participant_id, span=span)
            return connection, self.roster.add(connection)

    async def _enter(self, db: AsyncSession, actor: Person, session_id: str, again: bool) -> tuple[str, str]:
        participant_id = await entering.enter(db, actor, session_id)
        return participant_id, await self._connections.came(db, session_id, participant_id, again)

    async def _joined(self, connection: Connection) -> None:
        # Again, now that what ends the right finds this connection: it may have ended since the handshake began.
        await self.following.revalidate([connection])
        await self._drafts.remember(connection)
        await self.following.refresh(connection.session_id)

    async def _disconnect(self, sid: str, reason: str = "") -> None:
        goodbye = (self.sio.get_environ(sid) or {}).get(GOODBYE, False)
        connection = self.roster.drop(sid)
        if connection is not None:
            self.broadcast.refresh(connection.session_id)
            self._lost(connection, why_disconnected(reason, goodbye))

    async def _drop(self, connection: Connection, reason: str) -> None:
        """The right of a connection has ended: its socket and its media are closed."""
        if self.roster.drop(connection.sid) is None:
            return
        self._lost(connection, why_dropped(reason))
        await self._end(connection, reason)
        with suppress(EngineDown):  # a dead worker forwards nothing
            await self.engine.close_peer(connection.session_id, connection.participant_id)

    def _lost(self, connection: Connection, why: Ending) -> None:
        at = now()
        self._spawn(self._connections.lost(connection, why, at))
        self._spawn(self._stays.lost(connection, at))

    async def _end(self, connection: Connection, reason: str) -> None:
        """Tell a browser that, and why, its connection ends; then end it."""
        await self.sio.emit("ended", {"reason": reason}, to=connection.sid)
        await self.sio.disconnect(connection.sid)

    # Commands

    async def _command(self, sid: str, name: object = None, args: object = None, *more: object) -> dict[str, Any]:
        connection = self.roster.get(sid)
        if connection is None:
            return {"error": told(NotSignedIn("not_connected", "This page no longer holds your seat."))}
        if not connection.within_limit(COMMANDS_PER_SECOND):
            await self.sio.disconnect(sid)
            return {"error": told(TooMany())}
        connection.heard_at = time.monotonic()  # every command is a sign of life
        reply = await answer(self.table, connection, name, more or args, self._change)
        known = name if isinstance(name, str) and name in self.table else "unknown"
        self._app[MEASURES].commands.labels(known, result_of(reply)).inc()
        return reply

    async def _change(self, connection: Connection, unit: Any) -> object:
        return await self.placement.change(connection.session_id, unit)

    # What happens elsewhere

    def _on_touched(self, touches: Collection[Touch]) -> None:
        self._spawn(self.following.follow(set(touches)))

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
    app[FIGURES] = lambda: signaling.sampling
    app.on_shutdown.append(signaling.stop_log)
    app.cleanup_ctx.append(signaling.run)
