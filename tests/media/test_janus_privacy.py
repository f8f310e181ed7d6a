"""What Janus knows stays between it and the workstation, and ends when it should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signaling.media.engine import MediaEngine
from signaling.media.janus import JanusEngine
from signaling.media.janus.room import JanusRoom
from tests.media.apart_client import ApartClient
from tests.media.contract.ground import Ground, ground_of
from tests.media.hall import Hall
from tests.media.scripted_client import Line
from tests.recordings.person import target


@pytest.fixture
async def ground(janus_address: str, tmp_path: Path) -> AsyncIterator[Ground]:
    async with ground_of("janus", janus_address, tmp_path) as made:
        yield made


def room_of(hall: Hall[MediaEngine]) -> JanusRoom:
    assert isinstance(hall.engine, JanusEngine)
    found = hall.engine._found(hall.room)
    assert found
    return found


async def until_forwarded(room: JanusRoom, streams: int) -> None:
    """Wait until Janus sends so many streams to the workstation, by its own word."""
    async with asyncio.timeout(10):
        while await forwarded(room) != streams:  # noqa: ASYNC110 (no event tells it)
            await asyncio.sleep(0.05)


async def forwarded(room: JanusRoom) -> int:
    told = await room._server.control.ask("listforwarders", room._id)
    return sum(len(publisher["forwarders"]) for publisher in told.data["publishers"])


async def test_no_browser_learns_the_names_of_rooms_and_feeds(ground: Ground) -> None:
    hall = ground.hall()
    await hall.together("a", "b")
    people = await hall.enter("a", "b")
    room = room_of(hall)
    feeds = {publisher.id for publisher in room._publishers.values()} | {
        dummy.id for dummy in room._connections.dummies.values()
    }
    secret = {*room._id.values(), room._pin, *feeds}
    assert len(secret) == 6
    for client in people:
        assert isinstance(client, ApartClient)
        for text in (client.answer_text, client.receiver.answer_text):
            assert "a=ice-ufrag" in text
            assert [word for word in secret if word in text] == []
    await hall.leave()


async def test_nothing_is_forwarded_for_a_recording_that_ended(ground: Ground, tmp_path: Path) -> None:
    """Also what was begun before the camera was switched on."""
    hall = ground.hall()
    a = await hall.join("a", 0, ("audio",))
    room = room_of(hall)
    await hall.engine.record(hall.room, "a", target(tmp_path))
    await until_forwarded(room, 1)
    a.lines.append(Line("video", "video"))
    await a.negotiate()
    assert await forwarded(room) == 2
    await hall.engine.record(hall.room, "a", None)
    assert await forwarded(room) == 0
    await hall.leave()
