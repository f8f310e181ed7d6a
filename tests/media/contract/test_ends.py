"""What every engine must do when a process that carries media is killed."""

from __future__ import annotations

import time
from pathlib import Path

from signaling.media.engine import EngineRestarted
from tests.media.contract.ground import ground_of
from tests.media.hall import got
from tests.media.waiting import slack, until


async def test_after_a_kill_everybody_is_back(kind: str, address: str, tmp_path: Path) -> None:
    """With a second process, which stands in: the rooms of the killed one are placed there."""
    async with ground_of(kind, address, tmp_path, servers=2) as ground:
        hurt, other = ground.hall(), ground.hall()
        for hall in (hurt, other):
            await hall.together("a", "b")
            await hall.enter("a", "b")
        start = time.monotonic()
        ground.kill()
        await until(lambda: any(isinstance(event, EngineRestarted) for event in ground.events))
        restarted = [event for event in ground.events if isinstance(event, EngineRestarted)]
        assert restarted == [EngineRestarted((hurt.room,))], "only the rooms of the killed one are hurt"
        for client in hurt.people.values():
            await client.close(goodbye=False)
        await hurt.together("a", "b")
        a, b = await hurt.enter("a", "b")
        a.send("audio", b"again")
        await until(lambda: got(b) == [b"again"])
        assert time.monotonic() - start < 10 * slack()
        other.people["a"].send("audio", b"still here")
        await until(lambda: got(other.people["b"]) == [b"still here"])
        for hall in (hurt, other):
            await hall.leave()
