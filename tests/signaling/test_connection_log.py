"""The connection log as the sockets write it: every way in which somebody goes has its own cause."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import pytest
from sqlalchemy import select

from mediation.clock import now
from mediation.live import connections
from mediation.live.connection_log import Logged, log_of
from mediation.live.models import ConnectionSample
from mediation.live.quality import Sample
from mediation.sessions.models import MediationSession
from signaling import sampling, until_written
from signaling.media.engine import PeerConnected, PeerGone, PeerSilent
from tests.live.hall import Hall
from tests.media.scripted_client import ScriptedClient
from tests.signaling.client import PATIENCE, Tab
from tests.signaling.hub import Hub


async def logged(hall: Hall, name: str) -> Logged | None:
    """Somebody's log."""
    async with hall.database.read() as db:
        session = await db.get_one(MediationSession, hall.session)
        found = await log_of(db, session)
    return next((each for each in found if each.participant.id == hall.ids[name]), None)


async def steps(hall: Hall, name: str) -> list[str]:
    """As causes; a loss with a star when they were back."""
    log = await logged(hall, name)
    told = log.lines if log else []
    return [f"{line.why.value if line.why else line.step.value}{'*' if line.back_at else ''}" for line in told]


async def until(hall: Hall, name: str, wanted: list[str]) -> None:
    """Wait until somebody's log is this."""
    seen: list[str] = []
    for _ in range(int(PATIENCE / 0.1)):
        seen = await steps(hall, name)
        if seen == wanted:
            return
        await asyncio.sleep(0.1)
    raise AssertionError((name, seen, wanted))


async def test_silence_of_an_open_socket_is_a_loss_and_its_end_the_return(hub: Hub) -> None:
    mother, father = await hub.come("mother", "father")
    await mother.freeze()
    silent_since = now()
    await until(hub.hall, "mother", ["joined", "network_silent"])
    log = await logged(hub.hall, "mother")
    assert log is not None
    assert abs((log.lines[-1].at - silent_since).total_seconds()) < 3, "lost when last heard, not when noticed"
    mother.beat_again()
    await until(hub.hall, "mother", ["joined", "network_silent*"])
    assert await steps(hub.hall, "father") == ["joined"]
    await father.close()


async def test_the_ways_of_going(hub: Hub) -> None:
    hall = hub.hall
    mother, father, judge = await hub.come("mother", "father", "judge")
    await mother.close()
    await until(hall, "mother", ["joined", "page_closed"])
    await hub.come("mother")
    await until(hall, "mother", ["joined", "page_closed*"])
    cut(father)
    await until(hall, "father", ["joined", "broken_off"])
    (second,) = await hub.come("judge")
    await until(hall, "judge", ["joined", "second_tab*"])
    await judge.until_gone()
    await second.do("leave")
    await until(hall, "judge", ["joined", "second_tab*", "left"])
    await second.close()
    await hall.over()
    await hub.signaling.following.follow({("session", hall.session)})
    await until(hall, "mother", ["joined", "page_closed*", "session_over"])


async def test_who_connects_anew_after_silence_was_lost_and_is_no_second_tab(hub: Hub) -> None:
    (mother,) = await hub.come("mother")
    await mother.freeze()
    await asyncio.sleep(3)
    await hub.come("mother")
    await until(hub.hall, "mother", ["joined", "network_silent*"])


async def test_a_page_that_renews_its_socket_was_neither_closed_nor_opened_twice(hub: Hub) -> None:
    again = {**await hub.auth("mother"), "again": True}
    (mother,) = await hub.come("mother")
    await mother.close()
    await until(hub.hall, "mother", ["joined", "page_closed"])
    await (await hub.tab("mother", auth=again)).open()
    await until(hub.hall, "mother", ["joined", "broken_off*"])
    await (await hub.tab("mother", auth=again)).open()
    await until(hub.hall, "mother", ["joined", "broken_off*", "network_silent*"])


async def test_media_that_stays_away_while_the_page_answers(hub: Hub) -> None:
    await hub.together()
    room, peer = hub.hall.session, hub.hall.ids["mother"]
    hub.signaling.media_events.take(PeerSilent(room, peer, 0.0))
    await until(hub.hall, "mother", ["joined", "media_silent"])
    hub.signaling.media_events.take(PeerGone(room, peer))
    await until(hub.hall, "mother", ["joined", "consent_expired"])
    await asyncio.sleep(1.5)
    assert await steps(hub.hall, "mother") == ["joined", "consent_expired"], "a page without media is not back"
    hub.signaling.media_events.take(PeerConnected(room, peer))
    await until(hub.hall, "mother", ["joined", "consent_expired*"])


async def test_media_that_somebody_alone_switched_off_are_no_loss(hub: Hub) -> None:
    mediator, _mother, _father = await hub.together()
    room, ids = hub.hall.session, hub.hall.ids
    await mediator.do("dismiss", participant_id=ids["mother"])
    await asyncio.sleep(1.5)
    hub.signaling.media_events.take(PeerSilent(room, ids["mother"], 1.4))  # the page has closed the call
    await asyncio.sleep(4)
    await mediator.do("admit", participant_id=ids["mother"])
    hub.signaling.media_events.take(PeerGone(room, ids["mother"]))
    await asyncio.sleep(2.5)
    assert await steps(hub.hall, "mother") == ["joined"]
    hub.signaling.media_events.take(PeerConnected(room, ids["mother"]))
    hub.signaling.media_events.take(PeerSilent(room, ids["mother"], 0.0))  # in the room it is one
    await until(hub.hall, "mother", ["joined", "media_silent"])


async def test_a_loss_is_written_although_the_database_was_away_just_then(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(until_written, "AGAIN", 6)
    mother, father = await hub.come("mother", "father")
    lost, refusals = connections.lost, 0

    async def at_first_refused(*args: Any) -> None:
        nonlocal refusals
        refusals += 1
        if refusals == 1:
            raise OSError("the database is away")
        await lost(*args)

    monkeypatch.setattr(connections, "lost", at_first_refused)
    cut(mother)
    lost_at = now()
    await asyncio.sleep(4)
    await hub.come("mother")  # before the second attempt
    await until(hub.hall, "mother", ["joined", "broken_off*"])
    log = await logged(hub.hall, "mother")
    assert log is not None
    assert abs((log.losses[0].at - lost_at).total_seconds()) < 3
    refusals = 0
    await father.freeze()
    await until(hub.hall, "father", ["joined", "network_silent"])
    assert refusals > 1


async def test_what_was_measured_is_written_at_once_and_after_a_failure_with_the_next_look(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sampling, mother = hub.signaling.sampling, hub.hall.ids["mother"]
    (tab,) = await hub.come("mother")
    sampled = connections.sampled

    async def rows() -> list[ConnectionSample]:
        async with hub.hall.database.read() as db:
            found = select(ConnectionSample).where(ConnectionSample.participant_id == mother)
            return list(await db.scalars(found))

    async def refused(*_args: Any) -> None:
        raise OSError("the database is away")

    monkeypatch.setattr(connections, "sampled", refused)
    with pytest.raises(OSError, match="away"):
        await sampling._look()
    assert await rows() == []
    monkeypatch.setattr(connections, "sampled", sampled)
    await tab.close()
    await until(hub.hall, "mother", ["joined", "page_closed"])
    await sampling._look()
    first = await rows()
    assert len(first) == 1, "who left is written, too"
    await hub.come("mother")
    await sampling._look()
    await sampling._look()
    assert len(await rows()) == 2, "a row grows; what was before they went is one of its own"


async def test_an_orderly_stop_ends_what_is_open(hub: Hub) -> None:
    (mother,) = await hub.come("mother")
    await hub.server.app.shutdown()
    await mother.close()
    assert await steps(hub.hall, "mother") == ["joined", "server_restarted"]


async def test_media_is_measured_and_kept(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "TOGETHER", 2)
    mediator, mother, father = await hub.together()
    ident = hub.hall.ids["mother"]
    async with AsyncExitStack() as stack:
        clients = [ScriptedClient(tab.name, offering(tab)) for tab in (mediator, mother)]
        for client in clients:
            stack.push_async_callback(client.close)
            await client.join(receive=2)
        for _ in range(3):
            for client in clients * 50:
                client.send("audio", b"x" * 100)
            await asyncio.sleep(0.5)
            await hub.signaling.sampling._look()
    seen: Sequence[Sample] = hub.signaling.sampling.samples(hub.hall.session)[ident]
    assert seen[-1].connected
    assert max(sample.rate_in for sample in seen) > 1  # the server's own look may come just before the last one
    assert max(sample.rate_out for sample in seen) > 1
    assert hub.signaling.sampling.missing_since(hub.hall.session, ident) is None
    assert hub.signaling.sampling.missing_since(hub.hall.session, hub.hall.ids["father"]) is not None
    await father.close()
    await until(hub.hall, "father", ["joined", "page_closed"])
    await hub.signaling.sampling._look()
    assert hub.signaling.sampling.missing_since(hub.hall.session, hub.hall.ids["father"]) is None
    async with hub.hall.database.read() as db:
        rows = (await db.scalars(select(ConnectionSample).where(ConnectionSample.participant_id == ident))).all()
    assert rows
    assert rows[0].connected


def offering(tab: Tab) -> Callable[[str], Any]:
    async def answered(sdp: str) -> str:
        return str((await tab.do("offer", sdp=sdp))["sdp"])

    return answered


def cut(tab: Tab) -> None:
    """The connection breaks: no goodbye reaches the server."""
    tab.sio.eio.ws._response.connection.transport.abort()
