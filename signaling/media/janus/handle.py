"""A handle: one connection of one browser with Janus, and the commands that concern it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from signaling.media.engine import EngineDown
from signaling.media.janus.wire import JanusSocket, Message, Refused

DRAINED_WITHIN = 2.0
LOOK_AGAIN = 0.005
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Reply:
    """What VideoRoom answered, and the session description that came with it."""

    data: Message
    sdp: str


class Handle:
    """Made by JanusServer.attach. `on_event` is set by whom it belongs to."""

    def __init__(self, number: int, session: int, api: JanusSocket, admin: JanusSocket) -> None:
        self.number = number
        self.on_event: Callable[[Message], None] = lambda message: None
        self._where = {"session_id": session, "handle_id": number}
        self._api, self._admin = api, admin

    async def ask(self, request: str, body: Mapping[str, Any] = NOTHING, *, offer: str = "", answer: str = "") -> Reply:
        """A request to VideoRoom, with a session description of the browser. Raises Refused, EngineDown."""
        fields: Message = {**self._where, "body": {"request": request, **body}}
        if offer or answer:
            # The page names its layers from low to high; Janus takes them the other way round unless told.
            fields["jsep"] = {"type": "offer" if offer else "answer", "sdp": offer or answer, "rid_order": "lmh"}
        reply = await self._api.ask("message", fields)
        return Reply(reply.get("plugindata", {}).get("data", {}), reply.get("jsep", {}).get("sdp", ""))

    async def detach(self) -> None:
        """End the connection of the browser and forget the handle."""
        self.on_event = lambda message: None
        try:
            await self._api.ask("detach", self._where)
        except Refused:
            return  # it is gone already

    async def info(self) -> Message:
        """What the Admin API tells about the handle. Raises Refused when it is gone."""
        reply = await self._admin.ask("handle_info", self._where)
        info: Message = reply["info"]
        return info

    async def drained(self) -> None:
        """Wait until nothing that was queued for the browser before this call is still to be sent.

        Janus relays into a queue of each handle; what was in it when a line was cut still goes out. Raises
        EngineDown when it doesn't get empty.
        """
        try:
            async with asyncio.timeout(DRAINED_WITHIN):
                while (await self.info()).get("queued-packets", 0):  # noqa: ASYNC110 (no event tells it)
                    await asyncio.sleep(LOOK_AGAIN)
        except Refused:
            return  # no handle, no queue
        except TimeoutError:
            raise EngineDown("Janus still sends what was cut") from None
