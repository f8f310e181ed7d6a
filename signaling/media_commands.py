"""Commands of the connection: the media offer, the heartbeat, what is switched on, a fresh snapshot."""

import time

from pydantic import Field

from mediation.errors import Invalid, Unavailable
from signaling.broadcast import Broadcast
from signaling.commands import Args, DirectCommand, Nothing
from signaling.media.engine import BadOffer, EngineDown, MediaEngine
from signaling.presence import Connection


class Offer(Args):
    """A session description of the browser (RFC 8829)."""

    sdp: str = Field(min_length=1, max_length=200_000)


class Devices(Args):
    """What this browser sends; shown to those in the room."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False


def media_commands(engine: MediaEngine, broadcast: Broadcast) -> dict[str, DirectCommand]:
    """The table of these commands."""

    async def offer(connection: Connection, args: Offer) -> dict[str, str]:
        try:
            return {"sdp": await engine.answer(connection.session_id, connection.participant_id, args.sdp)}
        except BadOffer as bad:
            raise Invalid(f"bad_offer_{bad.code}", "The call could not be set up. Please reload this page.") from None
        except EngineDown:
            raise Unavailable("media_down", "Sound and picture are being restored. Please wait a moment.") from None

    async def beat(_connection: Connection, _args: Nothing) -> None:
        """The dispatcher has already noted that this connection is alive."""

    async def devices(connection: Connection, args: Devices) -> None:
        connection.microphone, connection.camera, connection.screen = args.microphone, args.camera, args.screen
        broadcast.refresh(connection.session_id)

    async def resync(connection: Connection, _args: Nothing) -> None:
        await broadcast.resend(connection)

    return {
        "offer": DirectCommand(Offer, offer),
        "beat": DirectCommand(Nothing, beat),
        "devices": DirectCommand(Devices, devices),
        "resync": DirectCommand(Nothing, resync),
    }


def note_alive(connection: Connection) -> None:
    """Every command is a sign of life."""
    connection.heard_at = time.monotonic()
