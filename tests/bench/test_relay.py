"""The server on MediaRelay that this forwarder is compared with does what it can."""

from __future__ import annotations

import asyncio

from bench.media.contestants import mediarelay
from tests.media.scripted_client import ScriptedClient
from tests.media.scripted_media import Player, record
from tests.media.waiting import until

NAMES = ("mother", "father")


async def test_pictures_that_were_asked_for_in_the_first_offer_flow() -> None:
    async with mediarelay("127.0.0.1", lambda event: None) as contestant:
        await contestant.engine.listen("room", {"mother": ["father"], "father": ["mother"]})
        people = [contestant.person("room", name) for name in NAMES]
        await asyncio.gather(*(person.join(1) for person in people))
        players = [Player(person, record(name, (160, 120))) for person, name in zip(people, NAMES, strict=True)]
        await until(lambda: all(map(sees, people)), within=30)
        for player in players:
            player.stop()
        for person in people:
            await person.close()


def sees(person: ScriptedClient) -> bool:
    """Whether pictures came, not only voices."""
    return sum(item.kind == "video" for item in person.received) > 5
