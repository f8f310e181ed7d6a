"""The live page as it is answered: case number and roles, no names; graphs; alerts with one click."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp.test_utils import TestClient
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.clock import now
from mediation.db import Database
from mediation.live import connections
from mediation.live.kinds import Ending
from mediation.live.models import Seat
from mediation.live.quality import Sample
from mediation.sessions.models import SessionState
from mediation.watching.graphs import HEIGHT, WIDTH, graphs
from tests.live.hall import Hall
from tests.story import Story

Browsers = Callable[..., Awaitable[TestClient]]  # type: ignore[type-arg]


async def running(sqlite: Database, story: Story) -> Hall:
    """The session runs; mother and father wait, the mother unknown for half an hour."""
    hall = Hall(sqlite, story)
    await hall.consent("mother", "father")
    await hall.come("mediator", "mother", "father")
    await hall.verify("father")
    await hall.set_session(state=SessionState.LIVE, starts_at=now() - timedelta(minutes=15), started_at=now())

    async def unit(db: AsyncSession) -> None:
        await db.execute(update(Seat).values(since=now() - timedelta(minutes=30)))
        for name in ("mediator", "mother", "father"):
            await connections.began(db, hall.session, hall.ids[name], Ending.BROKEN_OFF)

    await sqlite.write(unit)
    return hall


async def test_the_page_tells_roles_and_no_names(client_for: Browsers, sqlite: Database, story: Story) -> None:
    await running(sqlite, story)
    for member, links in ((story.worker, True), (story.admin, False)):
        browser = await client_for(login=member)
        for path in ("/running", "/running/panel"):
            shown = await (await browser.get(path)).text()
            assert story.case.number in shown
            assert "身份还没核对" in shown
            assert "我来处理" in shown
            assert (f'href="/sessions/{story.session.id}"' in shown) is links
            people = (story.mother.person, story.father.person, story.mediator.person)
            assert [fact for each in people for fact in (each.name, each.called) if fact in shown] == []


async def test_one_click(client_for: Browsers, sqlite: Database, story: Story) -> None:
    hall = await running(sqlite, story)
    browser = await client_for(login=story.worker)
    form = {"kind": "unverified", "participant_id": hall.ids["mother"], "since": now().isoformat()}
    answer = await browser.post(f"/running/{story.session.id}/care", data=form)
    assert answer.status == 200
    other = await (await (await client_for(login=story.admin)).get("/running")).text()
    assert "周老师在处理" in other
    assert "我来处理" not in other
    for wrong in ({"kind": "fire"}, {"since": "yesterday"}, {"participant_id": "x" * 17}):
        refused = await browser.post(f"/running/{story.session.id}/care", data={**form, **wrong})
        assert refused.status == 422


async def test_other_organisations_see_nothing(client_for: Browsers, sqlite: Database, story: Story) -> None:
    await running(sqlite, story)
    shown = await (await (await client_for(login=story.stranger)).get("/running")).text()
    assert story.case.number not in shown
    assert "现在没有正在进行的场次" in shown


async def test_the_case_page_shows_the_log_to_staff(client_for: Browsers, sqlite: Database, story: Story) -> None:
    hall = await running(sqlite, story)
    await sqlite.write(lambda db: connections.ended(db, hall.ids["father"], Ending.NETWORK_SILENT))
    shown = await (await (await client_for(login=story.mediator)).get(f"/cases/{story.case.id}")).text()
    assert "这一方的网络没有动静" in shown
    for guest in (story.mother, story.father):
        browser = await client_for(way=guest)
        page = await (await browser.get(f"/i/{guest.invitation.id}")).text()
        assert "断线" not in page


def test_graphs_break_where_nothing_was_measured() -> None:
    moment = now()
    ages = (400, 300, 295, 200, 195, 0)
    samples = [Sample(moment - timedelta(seconds=age), True, age or 5.0, None, 1000, 0) for age in ages]
    trip, loss, rate = graphs(samples, moment)
    assert [len(line.split()) for line in trip.lines] == [2, 2, 1]
    assert (trip.newest, trip.worst) == ("5 ms", "300 ms")
    assert (loss.newest, loss.lines) == ("–", [])
    assert rate.newest == "1000 kbit/s"
    points = [tuple(map(float, point.split(","))) for line in trip.lines for point in line.split()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert points[0] == (0.0, 1.0)
    assert points[-1][0] == WIDTH
