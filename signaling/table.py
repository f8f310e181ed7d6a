"""Every command there is, by name."""

from mediation.config import Settings
from signaling.broadcast import Broadcast
from signaling.chat_commands import CHAT_COMMANDS
from signaling.commands import Table
from signaling.media.engine import MediaEngine
from signaling.media_commands import media_commands
from signaling.presence import Roster
from signaling.recording_commands import recording_commands
from signaling.relays import Relays
from signaling.room_commands import ROOM_COMMANDS


def command_table(
    settings: Settings, engine: MediaEngine, roster: Roster, broadcast: Broadcast, relays: Relays
) -> Table:
    """The commands of the rooms, of the chat, of recording and of the connection itself."""
    return {
        **ROOM_COMMANDS,
        **CHAT_COMMANDS,
        **recording_commands(settings),
        **media_commands(engine, roster, broadcast, relays),
    }
