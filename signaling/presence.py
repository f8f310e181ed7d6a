"""Who is connected, since when we heard nothing from them, and whether the host is there. Memory only."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from mediation.live.kinds import Ending
from mediation.live.view import Presence
from signaling.identity import Credentials, Person

SILENT = 4.0  # seconds without a beat until others read "reconnecting"
AWAY = 60.0  # seconds until somebody who does not come back counts as away
FORGOTTEN = 90.0  # seconds until nobody is waited for any more


@dataclass
class Connection:
    """One socket of one participant. A person has one at a time: a second tab takes the seat over."""

    sid: str
    actor: Person
    credentials: Credentials
    session_id: str
    participant_id: str
    began: float = field(default_factory=time.monotonic)
    heard_at: float = field(default_factory=time.monotonic)
    microphone: bool = False
    camera: bool = False
    screen: bool = False
    version: int = 0
    sent: str = ""
    draft: str = ""
    span: str = ""  # of the connection log; empty until it is written
    trouble: Ending | None = None  # since when it counts as lost is written in the log
    _second: int = 0
    _commands: int = 0

    def within_limit(self, per_second: int) -> bool:
        """Count a command; False when there were too many within this second."""
        second = int(time.monotonic())
        self._commands = self._commands + 1 if second == self._second else 1
        self._second = second
        return self._commands <= per_second


@dataclass
class _Participant:
    """What this process knows of a participant: the connection, or when they were last heard. Their media have a life of
    their own: they may be back before the socket is, or stay away when it is there."""

    connection: Connection | None = None
    last_heard: float = 0.0
    media_silent_since: float | None = None
    alone_at: float = 0.0

    def media_silence(self) -> float:
        return 0.0 if self.media_silent_since is None else time.monotonic() - self.media_silent_since

    def heard(self) -> float:
        return self.connection.heard_at if self.connection else self.last_heard

    def away(self) -> bool:
        return self.connection is None and time.monotonic() - self.last_heard >= AWAY


class Roster:
    """All connections of this process."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._sessions: dict[str, dict[str, _Participant]] = {}
        self._opened: dict[str, float] = {}

    def add(self, connection: Connection) -> Connection | None:
        """Register a connection; gives the one whose seat it takes over."""
        known = self._sessions.setdefault(connection.session_id, {})
        self._opened.setdefault(connection.session_id, time.monotonic())
        participant = known.setdefault(connection.participant_id, _Participant())
        before, participant.connection = participant.connection, connection
        self._by_sid[connection.sid] = connection
        return before

    def drop(self, sid: str) -> Connection | None:
        """Forget a socket; gives its connection if it still held the seat."""
        connection = self._by_sid.pop(sid, None)
        if connection is None:
            return None
        participant = self._sessions[connection.session_id][connection.participant_id]
        if participant.connection is not connection:
            return None
        participant.connection, participant.last_heard = None, connection.heard_at
        return connection

    def get(self, sid: str) -> Connection | None:
        """The connection of a socket, if it holds its participant's seat."""
        connection = self._by_sid.get(sid)
        if connection is None:
            return None
        participant = self._sessions[connection.session_id][connection.participant_id]
        return connection if participant.connection is connection else None

    def of(self, session_id: str, participant_id: str) -> Connection | None:
        """The participant's connection."""
        participant = self._sessions.get(session_id, {}).get(participant_id)
        return participant.connection if participant else None

    def connections(self, session_id: str | None = None) -> list[Connection]:
        """The connections that hold a seat, of one session or of all."""
        sessions: Iterable[str] = [session_id] if session_id else list(self._sessions)
        return [
            participant.connection
            for ident in sessions
            for participant in self._sessions.get(ident, {}).values()
            if participant.connection
        ]

    def sessions(self) -> list[str]:
        """The sessions that somebody joined in this process and that were not forgotten."""
        return list(self._sessions)

    def forget(self, session_id: str) -> None:
        """Nobody is connected to a session any more, and nothing in it has to be watched."""
        self._sessions.pop(session_id, None)
        self._opened.pop(session_id, None)

    def opened(self, session_id: str) -> float:
        """When the first of the session connected in this process (monotonic seconds)."""
        return self._opened.get(session_id, time.monotonic())

    def silence(self, session_id: str, participant_id: str) -> float | None:
        """Seconds since we last heard from a participant; None when they never were here in this process."""
        participant = self._sessions.get(session_id, {}).get(participant_id)
        return None if participant is None else time.monotonic() - participant.heard()

    def away(self, session_id: str, participant_id: str) -> bool:
        """Whether somebody has had no socket for so long that they are not waited for, or never had one in this process."""
        participant = self._sessions.get(session_id, {}).get(participant_id)
        return participant is None or participant.away()

    def note_media(self, session_id: str, participant_id: str, silent: float | None) -> None:
        """The media engine has heard nothing from a participant for so many seconds, or (None) hears them."""
        participant = self._sessions.get(session_id, {}).get(participant_id)
        if participant is not None:
            participant.media_silent_since = None if silent is None else time.monotonic() - silent

    def media_silence(self, session_id: str, participant_id: str) -> float:
        """Seconds since the media engine last heard from a participant; 0 while all is well."""
        participant = self._sessions.get(session_id, {}).get(participant_id)
        return participant.media_silence() if participant else 0.0

    def missed(self, session_id: str, participant_id: str, together: bool) -> float:
        """Seconds for which others miss a participant's media. Who is alone switches them off: what fell silent then
        is missed by nobody, also not by those who come later, until it is back once."""
        participant = self._sessions.get(session_id, {}).get(participant_id)
        if participant is None:
            return 0.0
        if not together:
            participant.alone_at = time.monotonic()
        since = participant.media_silent_since
        return participant.media_silence() if since is not None and since > participant.alone_at else 0.0

    def quiet(self, session_id: str) -> float:
        """Seconds since anybody of the session was last heard."""
        heard = [participant.heard() for participant in self._sessions.get(session_id, {}).values()]
        return time.monotonic() - max(heard, default=0.0)

    def presence(self, session_id: str, lists: Mapping[str, Collection[str]]) -> dict[str, Presence]:
        """What the views tell of everybody who was here. Silent media count for those whom `lists` give somebody to hear:
        alone in a waiting room a page sends and receives none."""
        known = self._sessions.get(session_id, {})
        return {ident: _told(participant, bool(lists.get(ident))) for ident, participant in known.items()}


def _told(participant: _Participant, together: bool) -> Presence:
    connection = participant.connection
    if connection is None:
        return Presence("away" if participant.away() else "reconnecting")
    silent = time.monotonic() - participant.heard()
    mute = participant.media_silence() if together else 0.0
    state = "reconnecting" if max(silent, mute) > SILENT else "here"
    return Presence(state, connection.microphone, connection.camera, connection.screen)
