"""What the media engine tells, passed on to the people, the watch and the log that it concerns."""

from collections.abc import Callable
from typing import Any

from mediation.live.recording import fail_recording
from mediation.measures import Measures
from signaling.connection_log import ConnectionLog
from signaling.following import Following
from signaling.media.engine import (
    EngineRestarted,
    LayersWanted,
    MediaEvent,
    PeerBack,
    PeerConnected,
    PeerGone,
    PeerSilent,
    PicturesPaused,
    RecordingFailed,
    SpeakerChanged,
)
from signaling.placement import Placement
from signaling.presence import Connection, Roster
from signaling.sockets import Sockets


class MediaEvents:
    """Knows for each event who is told; `spawn` does what takes time after the event was taken."""

    def __init__(
        self, sio: Sockets, roster: Roster, placement: Placement, following: Following, connections: ConnectionLog,
        measures: Measures, engine: str, spawn: Callable[[Any], None],
    ) -> None:  # fmt: skip
        self._sio = sio
        self._roster = roster
        self._placement = placement
        self._following = following
        self._connections = connections
        self._measures = measures
        self._engine = engine
        self._spawn = spawn

    def take(self, event: MediaEvent) -> None:
        """Called by the engine for each event, in their order."""
        if isinstance(event, EngineRestarted):
            self._measures.engine_restarts.labels(self._engine).inc()
            self._placement.engine_restarted(event.rooms)
            for session_id in event.rooms:
                self._spawn(self._following.refresh(session_id))
            return
        if isinstance(event, RecordingFailed):
            room = event.room
            self._spawn(self._placement.change(room, lambda db: fail_recording(db, room)))
            return
        connection = self._roster.of(event.room, event.peer)
        if isinstance(event, SpeakerChanged):
            self._spawn(self._tell_speaker(event))
        elif connection is not None and isinstance(event, PicturesPaused):
            self._spawn(self._sio.emit("pictures", {"paused": event.paused}, to=connection.sid))
        elif connection is not None and isinstance(event, LayersWanted):
            self._spawn(self._sio.emit("layers", {"layers": event.layers}, to=connection.sid))
        elif isinstance(event, PeerSilent):
            self._roster.note_media(event.room, event.peer, event.seconds)
        elif isinstance(event, PeerBack | PeerConnected | PeerGone):
            self._note_path(event, connection)

    def _note_path(self, event: PeerBack | PeerConnected | PeerGone, connection: Connection | None) -> None:
        if not isinstance(event, PeerGone):  # who was given up in silence is still not heard
            self._roster.note_media(event.room, event.peer, None)
        elif connection is not None:
            self._spawn(self._connections.given_up(connection))

    async def _tell_speaker(self, event: SpeakerChanged) -> None:
        for listener, sources in self._placement.media(event.room).lists.items():
            connection = self._roster.of(event.room, listener)
            if event.peer in sources and connection is not None:
                await self._sio.emit("speaking", {"id": event.peer, "speaking": event.speaking}, to=connection.sid)
