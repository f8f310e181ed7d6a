"""A client of the relay that asks for what it likes, as one that somebody rewrote would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aioice import stun, turn

from signaling.relays import credentials
from tests.networks.relay import RELAY, SECRET

PORT_IN_USE = 437  # RFC 8656: allocation mismatch; coturn remembers a client's port for a moment after its relay


class Receiver(asyncio.DatagramProtocol):
    """What came through the relay."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.got.put_nowait(data)


async def with_relay(work: Callable[[Any, Any, Receiver], Awaitable[Any]], right: tuple[str, str], **way: Any) -> Any:
    """Make a relay with aioice's client and do something with it; gives STUN's error code where that is refused.

    `way` names another server address, transport, or TLS.
    """
    where = {"server_addr": (RELAY, 3478), "transport": "udp", "ssl": False} | way
    try:
        transport, receiver = await turn.create_turn_endpoint(Receiver, username=right[0], password=right[1], **where)
    except stun.TransactionFailed as refused:
        if refused.response.error_code == PORT_IN_USE:
            return await with_relay(work, right, **way)  # from another port
        return refused.response.error_code
    inside = transport._TurnTransport__inner_protocol
    try:
        return await work(transport, inside, receiver)
    except stun.TransactionFailed as refused:
        return refused.response.error_code
    finally:
        await inside.delete()


async def bind(peer: str, _transport: Any, inside: Any, _receiver: Receiver) -> int:
    """Ask for a channel to `peer`."""
    await inside.channel_bind(0x4000, (peer, 9))
    return 0


async def permit(peer: str, _transport: Any, inside: Any, _receiver: Receiver) -> int:
    """Ask for a permission to send to `peer`."""
    request = stun.Message(stun.Method(8), stun.Class.REQUEST)  # CreatePermission, RFC 8656 section 10
    request.attributes["XOR-PEER-ADDRESS"] = (peer, 9)
    await inside.request_with_retry(request)
    return 0


def right(seconds: int = 60, secret: str = SECRET) -> tuple[str, str]:
    """User name and password, as the workstation would give them."""
    return credentials(secret, "participant-1", int(time.time()) + seconds)
