"""Who is let in, who is put out, and how fast."""

import asyncio
import time
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.accounts.login import end_overdue_logins
from mediation.accounts.models import Staff
from mediation.cases.sharing import share, stop_sharing
from mediation.clock import now
from mediation.config import Settings
from mediation.db import touched
from mediation.errors import Unavailable
from mediation.invitations.consents import TEXT_VERSION, give_consent
from mediation.invitations.links import renew, revoke
from mediation.live import entering
from mediation.live.entering import DOORS_OPEN
from mediation.sessions.states import end
from tests.agreements.steps import offered
from tests.signaling.client import Refused, Tab
from tests.signaling.hub import Hub

AT_ONCE = 4.0  # the promise is one second; a busy test machine gets slack


async def refused(tab: Tab) -> str:
    """The code with which a connection is refused."""
    with pytest.raises(Refused) as refusal:
        await tab.open()
    return refusal.value.code


async def test_who_is_not_let_in(hub: Hub) -> None:
    cookie, ours = await hub.cookie("mother"), {"Origin": hub.url}
    mediator = {"Cookie": await hub.cookie("mediator"), **ours}
    stranger = await hub.cookie("stranger")
    father = await hub.auth("father")
    table: list[tuple[str, Tab]] = [
        ("not_signed_in", await hub.tab("mother", ours)),
        ("foreign_origin", await hub.tab("mother", {"Cookie": cookie})),
        ("foreign_origin", await hub.tab("mother", {"Cookie": cookie, "Origin": "https://evil.example"})),
        ("foreign_origin", await hub.tab("mother", {"Cookie": cookie, "Origin": hub.url + ".evil.example"})),
        ("not_signed_in", await hub.tab("mother", auth=father)),
        ("not_signed_in", await hub.tab("mother", {"Cookie": "way_x=1", **ours}, {"invitation": "x"})),
        ("not_signed_in", await hub.tab("mediator", {"Cookie": "login=wrong", **ours})),
        ("session_not_found", await hub.tab("mediator", mediator, {"session": "no-such"})),
        ("not_expected", await hub.tab("stranger", {"Cookie": stranger, **ours})),
        ("invalid_connect", await hub.tab("mediator", mediator, {"other": "x"})),
        ("invalid_connect", await hub.tab("mediator", mediator, {"session": ["x"]})),  # type: ignore[list-item]
        ("invalid_connect", await hub.tab("mediator", mediator, {"session": "\x00"})),
        ("invalid_connect", await hub.tab("mediator", mediator, {"session": "\ud800"})),
        ("invalid_connect", await hub.tab("mediator", mediator, {"session": "x" * 65})),
        ("invalid_connect", await hub.tab("mother", {"Cookie": cookie, **ours}, {"invitation": "半\ud800"})),
    ]
    assert [await refused(tab) for _, tab in table] == [code for code, _ in table]
    assert hub.signaling.roster.connections() == []


async def test_doors_open_an_hour_before_and_close_at_the_end(hub: Hub) -> None:
    opening = hub.hall.story.session.starts_at - DOORS_OPEN
    with clock.shifted(opening - now() - timedelta(minutes=1)):
        assert await refused(await hub.tab("mother")) == "too_early"
    await hub.hall.over()
    assert await refused(await hub.tab("mother")) == "session_over"


async def test_who_has_to_change_the_password_first_is_not_let_in(hub: Hub) -> None:
    change = update(Staff).where(Staff.id == hub.hall.story.mediator.staff.id).values(must_change_password=True)
    await hub.hall.database.write(lambda db: db.execute(change))
    assert await refused(await hub.tab("mediator")) == "Connection error"  # 403 before any socket


async def test_a_second_tab_takes_the_seat_over(hub: Hub) -> None:
    (first,) = await hub.come("mother")
    (second,) = await hub.come("mother")
    await first.until_gone(AT_ONCE)
    assert first.ended == ["taken_over"]
    assert await second.refusal("raise_hand", {"raised": True}) == ""
    assert len(hub.signaling.roster.connections()) == 1


async def test_what_ends_a_right_closes_the_socket_at_once(hub: Hub) -> None:
    hall = hub.hall
    story, database = hall.story, hall.database
    await hall.verify("mother", "father")
    mediator, mother, father, judge, worker = await hub.come("mediator", "mother", "father", "judge", "worker")
    actor = story.mediator.actor()

    async with ClientSession() as browser:
        headers = {"Cookie": await hub.cookie("judge"), "Origin": hub.url}
        async with browser.post(f"{hub.url}/logout", headers=headers, allow_redirects=False) as answer:
            assert answer.status == 303
    await judge.until_gone(AT_ONCE)

    async def suspend(db: AsyncSession) -> None:
        await db.execute(update(Staff).where(Staff.id == story.worker.staff.id).values(suspended_at=now()))
        touched(db, "staff", story.worker.staff.id)

    await database.write(suspend)
    await worker.until_gone(AT_ONCE)
    await database.write(lambda db: renew(db, actor, hall.ids["father"]))
    await father.until_gone(AT_ONCE)
    hub.cookies.pop("father")
    (father,) = await hub.come("father")
    await database.write(lambda db: give_consent(db, story.father.actor(), False, TEXT_VERSION))
    await father.until_gone(AT_ONCE)
    assert await refused(await hub.tab("father")) == "consent_missing"
    await hall.consent("father")
    (father,) = await hub.come("father")
    await database.write(lambda db: revoke(db, actor, hall.ids["father"]))
    await father.until_gone(AT_ONCE)
    await mediator.do("remove", participant_id=hall.ids["mother"])
    await mother.until_gone(AT_ONCE)
    assert [tab.ended for tab in (judge, worker, father, mother)] == [["no_longer_valid"]] * 4
    assert [each.participant_id for each in hub.signaling.roster.connections()] == [hall.ids["mediator"]]
    assert await refused(await hub.tab("mother")) in {"not_signed_in", "not_expected"}


async def test_the_end_of_the_session_reaches_everybody_as_a_last_snapshot(hub: Hub) -> None:
    tabs = await hub.together()
    actor = hub.hall.story.mediator.actor()
    await hub.hall.database.write(lambda db: end(db, actor, hub.hall.session))
    for tab in tabs:
        await tab.until_gone(AT_ONCE)
        assert (tab.now["session"]["state"], tab.now["receive"], tab.ended) == ("ended", [], ["ended"])


async def test_a_right_that_ends_during_the_handshake_does_not_slip_through(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_in = hub.signaling._come_in

    async def slowly(*args: object) -> object:
        await hub.hall.database.write(lambda db: revoke(db, hub.hall.actors["mediator"], hub.hall.ids["mother"]))
        return await come_in(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(hub.signaling, "_come_in", slowly)
    tab = await hub.tab("mother")
    opening, gone = asyncio.create_task(tab.open()), asyncio.create_task(tab.until_gone())
    await asyncio.wait({opening, gone}, return_when=asyncio.FIRST_COMPLETED)
    assert tab.snapshots == []
    assert hub.signaling.roster.connections() == []
    for task in (opening, gone):
        task.cancel()
    await asyncio.gather(opening, gone, return_exceptions=True)


async def test_an_open_socket_is_use_of_the_login(hub: Hub, settings: Settings) -> None:
    """Nobody is logged out in the middle of a long session; who has gone is, as ever."""
    (mediator,) = await hub.come("mediator")
    database, following = hub.hall.database, hub.signaling.following
    for minutes in range(0, 150, 30):
        with clock.shifted(timedelta(minutes=minutes)):
            await following.revalidate(hub.signaling.roster.connections())
            await database.write(lambda db: end_overdue_logins(db, settings))
    assert not mediator.gone.is_set()
    with clock.shifted(timedelta(minutes=240)):
        await database.write(lambda db: end_overdue_logins(db, settings))
    await mediator.until_gone(AT_ONCE)


async def test_a_page_whose_socket_is_new_learns_of_an_agreement_that_came_meanwhile(hub: Hub) -> None:
    (mother,) = await hub.come("mother")
    await mother.close()
    await offered(hub.hall.database, hub.hall.story, hub.settings)
    (newly_opened,) = await hub.come("mother")
    await newly_opened.close()
    again = await (await hub.tab("mother", auth={**await hub.auth("mother"), "again": True})).open()
    began = time.monotonic()
    while not again.events:
        assert time.monotonic() - began < 10
        await asyncio.sleep(0.05)
    assert (newly_opened.events, again.events) == ([], [("agreement", {})])


async def test_who_no_longer_works_on_the_case_is_out_at_once(hub: Hub) -> None:
    """The judge's court shared the case; booked they still are."""
    hall = hub.hall
    mediator, judge = await hub.come("mediator", "judge")
    case, court, owner = hall.story.case.id, hall.story.court.id, hall.story.worker.actor()
    await hall.database.write(lambda db: stop_sharing(db, owner, case, court))
    await judge.until_gone(AT_ONCE)
    assert judge.ended == ["no_longer_valid"]
    assert await refused(await hub.tab("judge")) == "not_expected"
    assert mediator.ended == []
    await hall.database.write(lambda db: share(db, owner, case, court))
    await hub.come("judge")


async def test_a_busy_database_is_no_refusal(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page gives up when it is refused; it tries again by itself when its socket is only closed."""

    async def wait_in_vain(*_: object) -> str:
        raise Unavailable()

    with monkeypatch.context() as patch:
        patch.setattr(entering, "enter", wait_in_vain)
        tab = await hub.tab("mother")
        with pytest.raises(Refused):
            await tab.open()
        assert tab._refusal is None
    await hub.come("mother")
