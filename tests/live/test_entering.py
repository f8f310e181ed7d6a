"""Coming in, leaving, being lost: seats are kept, attendance is right."""

from datetime import timedelta

from sqlalchemy import select

from mediation import clock
from mediation.clock import now
from mediation.db import Database
from mediation.live.chat import say
from mediation.live.entering import DOORS_OPEN, enter, leave, lost
from mediation.live.models import Attendance
from mediation.live.rooms import admit, dismiss, remove
from mediation.live.signals import raise_hand
from mediation.sessions.models import SessionState
from tests.live.hall import Hall
from tests.story import Story


async def stays(hall: Hall, name: str) -> list[bool]:
    """Somebody's stays in order: True for one that has ended."""
    found = select(Attendance).where(Attendance.participant_id == hall.ids[name]).order_by(Attendance.came_at)
    async with hall.database.read() as db:
        return [stay.left_at is not None for stay in await db.scalars(found)]


async def test_who_leads_sits_in_the_main_room_and_everybody_else_waits_alone(hall: Hall) -> None:
    await hall.come("mother", "mediator", "judge", "father")
    assert await hall.rooms() == {
        "mother": "waiting:mother", "mediator": "main", "judge": "waiting:judge", "father": "waiting:father",
    }  # fmt: skip
    assert await hall.do(enter, "mother") == hall.ids["mother"]
    assert await stays(hall, "mother") == [False]
    assert (await hall.journal()).count("arrived") == 4


async def test_who_comes_back_finds_the_seat_they_had(hall: Hall) -> None:
    await hall.seated()
    await hall.do(admit, "mediator", "mother")
    arrived = (await hall.seat("mother")).arrived_at
    mother = hall.ids["mother"]
    await hall.database.write(lambda db: lost(db, hall.session, mother, now()))
    assert await stays(hall, "mother") == [True]
    await hall.come("mother")
    assert (await hall.rooms())["mother"] == "main"
    assert (await hall.seat("mother")).arrived_at == arrived
    assert await stays(hall, "mother") == [True, False]
    assert (await hall.journal()).count("connection_lost") == 1


async def test_a_loss_is_written_once_and_not_after_leaving(hall: Hall) -> None:
    await hall.seated()
    mother, father = hall.ids["mother"], hall.ids["father"]
    at = now() + timedelta(seconds=2)
    await hall.database.write(lambda db: lost(db, hall.session, mother, at))
    await hall.database.write(lambda db: lost(db, hall.session, mother, now()))
    await hall.do(leave, "father")
    await hall.database.write(lambda db: lost(db, hall.session, father, now()))
    assert (await hall.journal()).count("connection_lost") == 1
    async with hall.database.read() as db:
        found = select(Attendance.left_at).where(Attendance.participant_id == mother)
        assert await db.scalar(found) == at


async def test_sockets_that_close_after_the_end_are_no_losses(hall: Hall) -> None:
    await hall.seated()
    await hall.over()
    mother = hall.ids["mother"]
    await hall.database.write(lambda db: lost(db, hall.session, mother, now()))
    assert await stays(hall, "mother") == [True]
    assert "connection_lost" not in await hall.journal()


async def test_leaving_lowers_the_hand_and_the_link_lets_one_come_back(hall: Hall) -> None:
    await hall.seated()
    await hall.do(admit, "mediator", "mother")
    await hall.do(raise_hand, "mother", True)
    await hall.do(leave, "mother")
    assert (await hall.rooms())["mother"] == "left"
    assert (await hall.seat("mother")).hand_raised_at is None
    assert [await hall.refused(verb, "mother", *args) for verb, args in ((leave, ()), (raise_hand, (True,)))] == [
        "not_seated",
        "not_seated",
    ]
    assert await hall.refused(say, "mother", "您好", "key-0001") == "not_seated"
    await hall.come("mother")
    assert (await hall.rooms())["mother"] == "waiting:mother"
    assert await stays(hall, "mother") == [True, False]


async def test_nobody_comes_in_without_having_agreed_to_talk_online(story_on: tuple[Database, Story]) -> None:
    hall = Hall(*story_on)
    assert await hall.refused(enter, "mother") == "consent_missing"
    await hall.consent("mother")
    await hall.come("mother", "mediator")
    assert await hall.refused(enter, "father") == "consent_missing"
    assert await hall.rooms() == {"mother": "waiting:mother", "mediator": "main"}


async def test_entering_is_refused(hall: Hall) -> None:
    assert await hall.refused(enter, "stranger") == "not_expected"
    assert await hall.refused(enter, "elsewhere") == "not_expected"
    opening = hall.story.session.starts_at - DOORS_OPEN
    with clock.shifted(opening - now() - timedelta(seconds=5)):
        assert await hall.refused(enter, "mother") == "too_early"
    with clock.shifted(opening - now() + timedelta(seconds=5)):
        await hall.come("mother", "mediator")
    await hall.do(remove, "mediator", "mother")
    assert await hall.refused(enter, "mother") == "not_expected"
    for state in (SessionState.ENDED, SessionState.CANCELLED):
        await hall.set_session(state=state)
        assert await hall.refused(enter, "father") == "session_over"
    assert await hall.rooms() == {"mother": "left", "mediator": "main"}


async def test_who_leads_may_go_and_come_and_nobody_is_moved_by_it(hall: Hall) -> None:
    await hall.seated()
    await hall.do(admit, "mediator", "mother")
    await hall.do(leave, "mediator")
    await hall.come("mediator")
    assert await hall.rooms() == {"mediator": "main", "mother": "main", "father": "waiting:father"}
    assert (await hall.live()).row.mediator_lost_at is None
    await hall.do(dismiss, "mediator", "mother")
