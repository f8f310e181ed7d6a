"""What Janus refuses to one connection costs that connection, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from signaling.media.engine import BadOffer, EngineRestarted, PeerGone
from signaling.media.janus import JanusEngine
from tests.media.contract.ground import Ground, ground_of
from tests.media.hall import got
from tests.media.janus_server import JanusServer
from tests.media.waiting import until


class Admin:
    """Somebody who ends connections in Janus behind the workstation's back."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def ask(self, request: str, **fields: object) -> dict[str, Any]:
        await self.tell(request, **fields)
        reply: dict[str, Any] = await self._socket.receive_json()
        return reply

    async def tell(self, request: str, **fields: object) -> None:
        """Without waiting for the reply."""
        secret = JanusServer.admin_secret
        await self._socket.send_json({"janus": request, "transaction": "test", "admin_secret": secret, **fields})


@pytest.fixture
async def ground(janus_address: str, tmp_path: Path) -> AsyncIterator[Ground]:
    async with ground_of("janus", janus_address, tmp_path) as made:
        yield made


@pytest.fixture
async def admin(ground: Ground) -> AsyncIterator[Admin]:
    async with aiohttp.ClientSession() as http:
        assert isinstance(ground.engine, JanusEngine)
        url = ground.engine._servers[0]._admin_url
        async with http.ws_connect(url, protocols=("janus-admin-protocol",)) as socket:
            yield Admin(socket)


async def test_who_is_refused_costs_nobody_else_their_call(ground: Ground, admin: Admin) -> None:
    """Janus has ended somebody's connections, which the workstation doesn't know yet when it commands a move."""
    other, hurt = ground.hall(), ground.hall()
    session = (await admin.ask("list_sessions"))["sessions"][0]
    handles: list[set[int]] = []
    for hall in (other, hurt):
        handles.append(set((await admin.ask("list_handles", session_id=session))["handles"]))
        await hall.together("a", "b")
        await hall.enter("a", "b")
    for handle in set((await admin.ask("list_handles", session_id=session))["handles"]) - handles[1]:
        await admin.tell("detach_handle", session_id=session, handle_id=handle)
    await hurt.engine.listen(hurt.room, {})
    other.people["a"].send("audio", b"still here")
    await until(lambda: got(other.people["b"]) == [b"still here"])
    await until(lambda: {PeerGone(hurt.room, name) for name in ("a", "b")} <= set(ground.events))
    assert not any(isinstance(event, EngineRestarted) for event in ground.events)
    for hall in (other, hurt):
        await hall.leave()


async def test_a_camera_without_vp8_is_refused_to_its_owner(ground: Ground) -> None:
    """A line of VideoRoom has one codec for good, so nobody could be shown it."""
    hall = ground.hall()
    a = await hall.join("a", 0)
    offer = a.offer().replace("VP8/90000", "H264/90000")
    offer = offer.replace("a=rtpmap:97", "a=fmtp:96 profile-level-id=42e01f;packetization-mode=1\r\na=rtpmap:97")
    with pytest.raises(BadOffer, match="no_codec"):
        await hall.engine.answer(hall.room, "b", offer)
    await hall.leave()
