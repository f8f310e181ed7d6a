"""Commands of the connection: the media offer, a right to relay, the heartbeat, what is switched on, a fresh snapshot."""

import contextlib
from collections.abc import AsyncIterator
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


class Receive(Args):
    """Where the engine sends on a connection apart: ask for its offer, or answer it (`answer`).

    `number` names the connection that the browser has, empty for none; `restart` asks for an ICE restart.
    """

    number: str = Field("", max_length=40)
    restart: bool = False
    answer: str = Field("", max_length=200_000)


class Devices(Args):
    """What this browser sends; shown to those in the room."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False


def media_commands(
    engine: MediaEngine, roster: Roster, broadcast: Broadcast, relays: Relays
) -> dict[str, DirectCommand]:
    """The table of these commands."""

    @contextlib.asynccontextmanager
    async def negotiating(session_id: str, peer: str) -> AsyncIterator[None]:
        try:
            yield
        except BadOffer as bad:
            raise Invalid(f"bad_offer_{bad.code}", "The call could not be set up. Please reload this page.") from None
        except EngineDown:
            raise Unavailable("media_down", "Sound and picture are being restored. Please wait a moment.") from None
        if roster.of(session_id, peer) is None:  # the right to be here ended meanwhile, and the peer was closed before
            with contextlib.suppress(EngineDown):
                await engine.close_peer(session_id, peer)
            raise NotSignedIn("not_connected", "This page no longer holds your seat.")

    async def offer(connection: Connection, args: Offer) -> dict[str, str]:
        session_id, peer = connection.session_id, connection.participant_id
        async with negotiating(session_id, peer):
            return {"sdp": await engine.answer(session_id, peer, args.sdp)}

    async def receive(connection: Connection, args: Receive) -> dict[str, str]:
        session_id, peer = connection.session_id, connection.participant_id
        async with negotiating(session_id, peer):
            if not args.answer:
                return {"sdp": await engine.offer(session_id, peer, args.number, args.restart)}
            await engine.accept(session_id, peer, args.answer)
            return {"sdp": ""}

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
        "receive": DirectCommand(Receive, receive),
        "relay": DirectCommand(Nothing, relay),
        "prefer": DirectCommand(Prefer, prefer),
        "beat": DirectCommand(Nothing, beat),
        "devices": DirectCommand(Devices, devices),
        "resync": DirectCommand(Nothing, resync),
    }
