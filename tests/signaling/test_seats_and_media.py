"""Media follows the seats: who receives packets, who is told what, and what the loss of the host does."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Collection, Mapping

import pytest

from mediation.live.separation import keep_apart
from mediation.sessions.models import Side
from signaling import presence
from tests.agreements.steps import agree, offered
from tests.media.scripted_client import ScriptedClient
from tests.media.waiting import until
from tests.signaling.client import Snapshot, Tab
from tests.signaling.hub import Hub

SOON = 8.0  # the promise is two seconds; a busy test machine gets slack


class Caller:
    """A tab with a call: sends sound, notes whose sound arrives, offers again when its sources change."""

    def __init__(self, tab: Tab) -> None:
        async def answer(offer: str) -> str:
            return str((await tab.do("offer", sdp=offer))["sdp"])

        self.tab = tab
        self.client = ScriptedClient(tab.name, answer)
        self._tasks: list[asyncio.Task[None]] = []
        self._offered: list[str] = []

    async def start(self) -> Caller:
        await self.client.join(receive=2, publish=("audio",))
        self._tasks = [asyncio.create_task(self._talk()), asyncio.create_task(self._follow())]
        return self

    async def hears(self, seconds: float = 0.6) -> set[str]:
        """Whose packets arrived within the last moments."""
        since = time.time_ns()
        await asyncio.sleep(seconds)
        return {each.source for each in self.client.received if each.arrived > since}

    async def until_hears(self, *ids: str) -> None:
        """Wait until exactly these are heard."""
        start = time.monotonic()
        while (now := await self.hears()) != set(ids):
            assert time.monotonic() - start < SOON * 2, (self.tab.name, now, ids)

    async def stop(self, goodbye: bool = True) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        await self.client.close(goodbye)

    async def _talk(self) -> None:
        while True:
            self.client.send("audio", b"\xf8\xff\xfe")
            await asyncio.sleep(0.02)

    async def _follow(self) -> None:
        while True:
            if self.tab.now["receive"] != self._offered:
                self._offered = list(self.tab.now["receive"])
                await self.client.negotiate()
            await asyncio.sleep(0.05)


async def test_packets_follow_the_seats_and_a_pair_is_cut_at_once(hub: Hub) -> None:
    ids, story = hub.hall.ids, hub.hall.story
    tabs = await hub.together()
    mediator, mother, father = callers = [await Caller(tab).start() for tab in tabs]
    try:
        await father.until_hears(ids["mediator"], ids["mother"])
        await mother.until_hears(ids["mediator"], ids["father"])
        await mediator.tab.do("caucus", side="applicant")
        await father.until_hears()
        await mother.until_hears(ids["mediator"])
        await mediator.until_hears(ids["mother"])
        await mediator.tab.do("recall", participant_ids=[ids["mother"], ids["father"]])
        await father.until_hears(ids["mediator"], ids["mother"])
        await mediator.tab.do("mute", participant_id=ids["mother"], muted=True)
        await father.until_hears(ids["mediator"])
        await mediator.tab.do("mute", participant_id=ids["mother"], muted=False)
        await mediator.tab.do("pause")
        await father.until_hears()
        await mediator.tab.do("unpause")
        await father.until_hears(ids["mediator"], ids["mother"])
        # Somebody in the office adds the pair, while the two sit in one room.
        pair = story.mother.person.id, story.father.person.id
        await hub.hall.database.write(lambda db: keep_apart(db, story.worker.actor(), *pair, "人身安全保护令"))
        await father.tab.until(lambda seen: seen["you"]["place"] == "waiting", SOON)
        for caller in callers:
            await caller.until_hears()
        assert await mediator.tab.refusal("recall", {"participant_ids": [ids["mother"], ids["father"]]}) == "kept_apart"
        assert await mediator.hears() == set()
    finally:
        for caller in callers:
            await caller.stop()


async def test_what_nobody_told_signaling_is_cut_all_the_same(hub: Hub) -> None:
    """As if following the change had failed, or another process had written it."""
    ids, tabs = hub.hall.ids, await hub.together()
    _mediator, mother, father = callers = [await Caller(tab).start() for tab in tabs]
    try:
        await father.until_hears(ids["mediator"], ids["mother"])
        await hub.hall.story.protect(hub.hall.database)
        await father.until_hears(ids["mediator"])
        await mother.until_hears(ids["mediator"])
        await father.tab.until(lambda seen: [each["id"] for each in seen["heard_by"]] == [ids["mediator"]], SOON)
    finally:
        for caller in callers:
            await caller.stop()


async def test_what_could_not_be_opened_at_once_is_opened_by_itself(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The database goes away between the commit and the look at the new seats, and is soon back."""
    ids, (mediator, *_) = hub.hall.ids, await hub.together()
    placement, session, back = hub.signaling.placement, hub.hall.session, asyncio.Event()
    match = placement._match

    async def match_late(session_id: str) -> None:
        if not back.is_set():
            raise ConnectionError("the database is away")
        await match(session_id)

    await mediator.do("everybody_waits")
    monkeypatch.setattr(placement, "_match", match_late)
    assert await mediator.refusal("recall", {"participant_ids": [ids["mother"], ids["father"]]})
    await asyncio.sleep(2)
    back.set()
    everybody = {ids[name] for name in ("mediator", "mother", "father")}
    together = {ident: everybody - {ident} for ident in everybody}
    await until(lambda: placement._confirmed[session] == together, SOON)
    caplog.clear()


async def test_who_has_no_socket_does_not_go_on_listening(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights are looked at where a socket is: a call without one would outlive a link that was taken back."""
    monkeypatch.setattr(presence, "AWAY", 5.0)
    ids, tabs = hub.hall.ids, await hub.together()
    mediator, mother, father = callers = [await Caller(tab).start() for tab in tabs]
    try:
        await mother.until_hears(ids["mediator"], ids["father"])
        await mother.tab.sio.eio.disconnect(abort=True)
        assert await mother.hears() == {ids["mediator"], ids["father"]}  # a moment to come back is given
        await mother.until_hears()
        await mediator.until_hears(ids["father"])
        await father.tab.until(lambda seen: [each["id"] for each in seen["heard_by"]] == [ids["mediator"]], SOON)
        (again,) = await hub.come("mother")
        await again.until(lambda seen: len(seen["heard_by"]) == 2, SOON)
        await mother.until_hears(ids["mediator"], ids["father"])
    finally:
        for caller in callers:
            await caller.stop()


async def test_the_hear_line_names_before_and_after_until_the_engine_confirmed(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    mediator, mother, _father = await hub.together()
    ids, engine, gate = hub.hall.ids, hub.signaling.engine, asyncio.Event()
    listen = engine.listen

    async def slow_listen(room: str, lists: Mapping[str, Collection[str]]) -> None:
        await gate.wait()
        await listen(room, lists)

    def heard_by(seen: Snapshot) -> set[str]:
        return {each["id"] for each in seen["heard_by"]}

    both = {ids["mediator"], ids["father"]}
    await mother.until(lambda seen: heard_by(seen) == both)
    monkeypatch.setattr(engine, "listen", slow_listen)
    cutting = asyncio.create_task(mediator.do("caucus", side="applicant"))
    await asyncio.sleep(1)
    await mother.do("devices", microphone=True)  # anything that sends a snapshot
    assert heard_by(mother.now) == both  # the cut is asked for, and not confirmed
    gate.set()
    await cutting
    await mother.until(lambda seen: heard_by(seen) == {ids["mediator"]})
    gate.clear()
    opening = asyncio.create_task(mediator.do("recall", participant_ids=[ids["mother"], ids["father"]]))
    await mother.until(lambda seen: heard_by(seen) == both)  # told before it is opened
    assert not opening.done()
    gate.set()
    await opening


@pytest.mark.parametrize("grace", [3])
async def test_who_reads_that_they_are_muted_is_muted(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the engine has confirmed it, nobody may believe that they are not heard."""
    mediator, _mother, father = await hub.together()
    engine, asked, gate = hub.signaling.engine, asyncio.Event(), asyncio.Event()
    mute = engine.mute

    async def slow_mute(room: str, peer: str, kinds: Collection[str]) -> None:
        asked.set()
        await gate.wait()
        await mute(room, peer, kinds)

    monkeypatch.setattr(engine, "mute", slow_mute)
    muting = asyncio.create_task(mediator.do("mute", participant_id=hub.hall.ids["father"], muted=True))
    await asked.wait()
    await father.do("devices", microphone=True)  # anything that sends a snapshot
    await father.do("resync")
    assert not father.now["you"]["muted"]
    gate.set()
    await muting
    await father.until(lambda seen: bool(seen["you"]["muted"]))


async def test_a_silent_host_parts_everybody_and_a_click_resumes(hub: Hub) -> None:
    mediator, mother, father = await hub.together()
    await mediator.freeze()
    for tab in (mother, father):
        await tab.until(lambda seen: seen["host"]["where"] == "lost" and seen["you"]["place"] == "waiting")
        assert (tab.now["heard_by"], tab.now["receive"], tab.now["people"]) == ([], [], [])
    mediator.beat_again()
    await mediator.until(lambda seen: seen["lost_at"] is not None)
    await asyncio.sleep(1)
    assert mother.now["you"]["place"] == "waiting"  # nothing resumes without the click
    await mediator.do("resume_rooms")
    for tab in (mother, father):
        await tab.until(lambda seen: seen["you"]["place"] == "main" and len(seen["heard_by"]) == 2)


@pytest.mark.parametrize("grace", [3])
async def test_a_host_whose_media_fell_silent_is_lost_though_the_socket_beats(hub: Hub) -> None:
    mediator, mother, _father = await hub.together()
    call = await Caller(mediator).start()
    await asyncio.sleep(1)
    await call.stop(goodbye=False)
    await mother.until(lambda seen: seen["host"]["where"] == "lost")


async def test_who_is_lost_reads_as_reconnecting_and_finds_the_seat_again(hub: Hub) -> None:
    mediator, mother, father = await hub.together()
    await mother.sio.eio.disconnect(abort=True)
    own = hub.hall.ids["mother"]

    def state(seen: dict[str, object]) -> str:
        return next(each["connection"] for each in seen["people"] if each["id"] == own)  # type: ignore[attr-defined, no-any-return]

    await father.until(lambda seen: state(seen) == "reconnecting")
    (mother,) = await hub.come("mother")
    assert mother.now["you"]["place"] == "main"
    await father.until(lambda seen: state(seen) == "here")
    assert mediator.ended == []


async def test_hidden_events_reach_nobody_they_are_hidden_from(hub: Hub) -> None:
    """Through the real socket: the mother's version does not move, whatever the father and the mediator do."""
    hall, story = hub.hall, hub.hall.story
    await story.protect(hall.database)
    agreement = await offered(hall.database, story, hub.settings)  # which also confirms who they are
    mediator, mother = await hub.come("mediator", "mother")
    await hub.signaling.broadcast.settled(hall.session)
    await asyncio.sleep(0.5)
    version, snapshots = mother.now["version"], len(mother.snapshots)
    (father,) = await hub.come("father")
    for name, args in (
        ("visit", {"participant_id": hall.ids["father"]}),
        ("answer", {"participant_id": hall.ids["father"], "text": "您好", "key": "key-host-01"}),
        ("admit", {"participant_id": hall.ids["father"]}),
        ("caucus", {"side": Side.RESPONDENT.value}),
        ("everybody_waits", {}),
    ):
        await mediator.do(name, **args)
        await father.do("devices", microphone=True, camera=True)
        await father.do("say", text="父亲的秘密", key=f"key-father-{name}")
        await father.do("signal", kind="help")
    await agree(hall.database, story.father, agreement)
    await father.do("leave")
    await father.close()
    await asyncio.sleep(1)
    assert (mother.now["version"], len(mother.snapshots), mother.events) == (version, snapshots, [])
    assert "agreement" in [name for name, _ in mediator.events]
    assert [name for name, _ in father.events] == ["agreement"] * len(father.events) != []
