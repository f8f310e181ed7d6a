"""Malformed frames: the sender's socket may close; nobody else notices, and nothing is logged as an error."""

import asyncio
import contextlib
import json

from aiohttp import ClientSession, ClientTimeout, ClientWebSocketResponse, WSMsgType

from signaling.sockets import LARGEST_FRAME
from tests.signaling.hub import Hub

FRAMES = [
    "42", "42[]", '42{"a":1}', "42[1]", "42[null]", '42["command"', "42[[[[", "420", '42"command"', '42["snapshot",{}]',
    '42["connect"]', '42["disconnect"]', '42["command",{"a":NaN}]', '42["command",' + "[" * 60_000, "4", "40{", "41x", "43",
    "43[]", '43["x"]', "44", '44"x"', "45", '451-["command",{"_placeholder":true,"num":0}]', '45999999999-["x"]', "46", "47",
    "4/x,", "42/,[]", "42/nowhere,[\"x\"]", "3", "5", "6", "7", "9", "x", "", "²", "b", "bAAA", "b!!!", "\x00", "😀",
    '42["command","say",{"text":"\\ud800","key":"key-0000-1"}]', '421["command","beat",{}]' * 3,
    '42999999999999999999999["command","beat",{}]', "40", '40{"session":"x"}', '42["command"]', '42["command",' + "1" * 5000 + "]",
]  # fmt: skip


async def test_frames(hub: Hub) -> None:
    (witness,) = await hub.come("mediator")
    for frame in [*FRAMES, b"", b"\x00\x01", b"4", "4" + "x" * (LARGEST_FRAME + 10)]:
        async with ClientSession() as browser:
            socket = await connect(hub, browser)
            with contextlib.suppress(ConnectionError):
                await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))
                await socket.send_str('4277["command","beat",{}]')
            await settled(socket)
            await socket.close()
    assert witness.ended == []
    assert await witness.refusal("beat") == ""
    (mother,) = await hub.come("mother")
    assert mother.now["you"]["place"] == "waiting"


async def test_what_comes_before_the_handshake(hub: Hub) -> None:
    (witness,) = await hub.come("mediator")
    path = f"{hub.url}/socket.io/"
    async with ClientSession(headers={"Origin": hub.url, "Cookie": await hub.cookie("mother")}) as browser:
        for query in ("", "?EIO=3&transport=polling", "?EIO=4&transport=pigeon", "?EIO=4&transport=polling&sid=x"):
            async with browser.get(path + query) as answer:
                assert answer.status == 400, query
        async with browser.post(f"{path}?EIO=4&transport=polling", data=b"\xff\xfe") as answer:
            assert answer.status == 400
        async with browser.get(f"{path}?EIO=4&transport=polling") as answer:
            sid = json.loads((await answer.text())[1:])["sid"]
        for body in (b"\xff\xfe", b"9", b"x" * 1000, b"4\x1e4\x1e4", b"42[]"):
            # An answer may wait for a poll that never comes.
            with contextlib.suppress(TimeoutError):
                url, soon = f"{path}?EIO=4&transport=polling&sid={sid}", ClientTimeout(total=1)
                async with browser.post(url, data=body, timeout=soon) as answer:
                    assert answer.status in (200, 400), body
    assert await witness.refusal("beat") == ""


async def connect(hub: Hub, browser: ClientSession) -> ClientWebSocketResponse:
    """The mother's socket, frame by frame."""
    socket = await browser.ws_connect(
        f"{hub.url}/socket.io/?EIO=4&transport=websocket",
        headers={"Origin": hub.url, "Cookie": await hub.cookie("mother")},
    )
    assert (await socket.receive_str()).startswith("0{")
    await socket.send_str(f"40{json.dumps(await hub.auth('mother'))}")
    while not (frame := await socket.receive_str(timeout=20)).startswith("40"):
        assert frame.startswith("42"), frame
    return socket


async def settled(socket: ClientWebSocketResponse) -> None:
    """Until the acknowledgement of the good command that followed, or the server closes (a `1` is its word for it); where it
    waits for attachments that never come, it does neither."""
    with contextlib.suppress(asyncio.TimeoutError):
        async with asyncio.timeout(2):
            async for message in socket:
                if message.type is not WSMsgType.TEXT or message.data == "1" or message.data.startswith("4377["):
                    return
