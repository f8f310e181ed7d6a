"""Safe hours that leave no time before a session: said to who books, and shown where the message came too late."""

import re
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from mediation import clock
from mediation.clock import now
from mediation.config import Settings
from mediation.db import Database
from mediation.invitations.links import renew
from mediation.people.models import Person
from tests.notifications.post import deliver
from tests.scheduling.test_pages import SHANGHAI, ClientFor, people, tomorrow_at
from tests.story import Story


async def test_who_books_is_told_at_once_whom_safe_hours_keep_from_hearing_in_time(
    sqlite: Database, story: Story, client_for: ClientFor
) -> None:
    local = now().astimezone(SHANGHAI)
    soon = (local + timedelta(hours=2)).replace(minute=0)  # the safe hours begin after it

    async def unit(db: AsyncSession) -> None:
        mother = await db.get_one(Person, story.mother.person.id)
        mother.safe_from, mother.safe_until = [(local + timedelta(hours=each)).time() for each in (3, 4)]

    await sqlite.write(unit)
    browser, judge = await client_for(login=story.mediator), await client_for(login=story.judge)
    url = f"/cases/{story.case.id}/sessions/new"
    told = re.compile(r"来不及通知：([^。]+)。")
    early = {"slot": "own", "day": f"{soon:%Y-%m-%d}", "clock": f"{soon:%H:%M}"}
    late = tomorrow_at(f"{soon:%H:%M}", days=2)
    for when, expected in ((early, ["王女士"]), (late, [])):
        look = await (await browser.get(url, params=when)).text()
        assert [each.split("（")[0] for each in told.findall(look)] == expected
        sentence = (await (await browser.get(f"/cases/{story.case.id}/free-busy", params=when)).json())["not_told"]
        assert [each.split("（")[0] for each in told.findall(sentence)] == expected
    form = people(story, **{f"expect.judge.{story.judge.person.id}": "optional"})
    answer = await browser.post(url, data=form | early, allow_redirects=False)
    page = answer.headers["Location"]
    assert told.findall(await (await browser.get(page)).text())
    assert not told.findall(await (await judge.get(page)).text()), "for those who book"
    for revision, when in enumerate((late, early)):
        move = {**when, "minutes": "60", "reason": "改期", "revision": str(revision)}
        assert (await browser.post(f"{page}/reschedule", data=move, allow_redirects=False)).status == 303
        assert bool(told.findall(await (await browser.get(page)).text())) is (when == early)


async def test_what_came_too_late_is_shown(
    sqlite: Database, story: Story, client_for: ClientFor, settings: Settings
) -> None:
    await sqlite.write(lambda db: renew(db, story.mediator.actor(), story.mother.participant.id))
    admin, mediator = await client_for(login=story.admin), await client_for(login=story.mediator)
    with clock.shifted(timedelta(hours=2)):
        await deliver(sqlite, settings)
    messages = await (await admin.get("/messages")).text()
    assert "没赶上" in messages
    assert "这一场已经结束了" in messages
    assert "/retry" not in messages
    assert "消息没赶上" in await (await mediator.get(f"/sessions/{story.session.id}")).text()
    admin.session.cookie_jar.update_cookies({"lang": "en"})
    assert "came too late" in await (await admin.get("/messages")).text()
