"""Commands of the connection: the media offer, a right to relay, the heartbeat, what is switched on, a fresh snapshot."""

import contextlib
from typing import Annotated

from pydantic import Field

from mediation.errors import Invalid, NotSignedIn, Unavailable
from signaling.broadcast import Broadcast
from signaling.commands import Args, DirectCommand, Nothing
from signaling.media.engine import BadOffer, EngineDown, MediaEngine
from signaling.presence import Connection, Roster
from signaling.relays import Relays


class Offer(Args):
    """A session description of the browser (RFC 8829)."""

    sdp: str = Field(min_length=1, max_length=200_000)


Side = Annotated[int, Field(ge=0, le=20_000)]


class Prefer(Args):
    """The longer side in pixels of the tile that shows each participant, 0 for one that isn't seen."""

    pixels: dict[Annotated[str, Field(max_length=64)], Side] = Field(max_length=64)


class Devices(Args):
    """What this browser sends; shown to those in the room."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False


def media_commands(
    engine: MediaEngine, roster: Roster, broadcast: Broadcast, relays: Relays
) -> dict[str, DirectCommand]:
    """The table of these commands."""

    async def offer(connection: Connection, args: Offer) -> dict[str, str]:
        session_id, peer = connection.session_id, connection.participant_id
        try:
            sdp = await engine.answer(session_id, peer, args.sdp)
        except BadOffer as bad:
            raise Invalid(f"bad_offer_{bad.code}", "The call could not be set up. Please reload this page.") from None
        except EngineDown:
            raise Unavailable("media_down", "Sound and picture are being restored. Please wait a moment.") from None
        if roster.of(session_id, peer) is None:  # the right to be here ended meanwhile, and the peer was closed before
            with contextlib.suppress(EngineDown):
                await engine.close_peer(session_id, peer)
            raise NotSignedIn("not_connected", "This page no longer holds your seat.")
        return {"sdp": sdp}

    async def relay(connection: Connection, _args: Nothing) -> dict[str, object]:
        return await relays.right(connection)

    async def prefer(connection: Connection, args: Prefer) -> None:
        with contextlib.suppress(EngineDown):  # the page tells it again with its next offer
            await engine.prefer(connection.session_id, connection.participant_id, args.pixels)

    async def beat(_connection: Connection, _args: Nothing) -> None:
        """Every command is a sign of life; this one is nothing else."""

    async def devices(connection: Connection, args: Devices) -> None:
        connection.microphone, connection.camera, connection.screen = args.microphone, args.camera, args.screen
        broadcast.refresh(connection.session_id)

    async def resync(connection: Connection, _args: Nothing) -> None:
        await broadcast.resend(connection)

    return {
        "offer": DirectCommand(Offer, offer),
        "relay": DirectCommand(Nothing, relay),
        "prefer": DirectCommand(Prefer, prefer),
        "beat": DirectCommand(Nothing, beat),
        "devices": DirectCommand(Devices, devices),
        "resync": DirectCommand(Nothing, resync),
    }
