"""The host is lost: everybody is parted; the host is back: rooms resume on a click, or don't."""

from mediation.live.entering import leave
from mediation.live.loss import lose_host, resume_rooms, stay_parted
from mediation.live.rooms import admit, hold_caucus, recall, visit
from mediation.live.separation import keep_apart
from mediation.sessions.models import Side
from tests.live.hall import Hall

PARTED = {"mediator": "main", "mother": "waiting:mother", "father": "waiting:father"}


async def lose(hall: Hall) -> None:
    """What the watch does when it hears nothing from the host."""
    await hall.database.write(lambda db: lose_host(db, hall.session))


async def test_everybody_is_parted_and_back_on_the_click(hall: Hall) -> None:
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    together = await hall.rooms()
    await lose(hall)
    assert await hall.rooms() == PARTED
    lost_at = (await hall.live()).row.mediator_lost_at
    assert lost_at is not None
    await lose(hall)  # a second time forgets nothing
    assert (await hall.live()).row.mediator_lost_at == lost_at
    await hall.come("mediator")
    assert await hall.rooms() == PARTED
    await hall.do(resume_rooms, "mediator")
    assert await hall.rooms() == together
    assert (await hall.live()).row.mediator_lost_at is None
    assert await hall.refused(resume_rooms, "mediator") == "nothing_to_resume"


async def test_a_caucus_resumes_as_a_caucus_and_who_left_stays_away(hall: Hall) -> None:
    await hall.seated()
    await hall.do(hold_caucus, "mediator", Side.APPLICANT)
    await lose(hall)
    assert await hall.rooms() == PARTED
    await hall.do(leave, "father")
    await hall.do(resume_rooms, "mediator")
    assert await hall.rooms() == {"mediator": "caucus:applicant", "mother": "caucus:applicant", "father": "left"}


async def test_staying_parted_forgets_the_rooms(hall: Hall) -> None:
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await lose(hall)
    await hall.do(stay_parted, "mediator")
    assert await hall.rooms() == PARTED
    assert {seat.resume_room for seat in (await hall.live()).seats.values()} == {None}
    assert await hall.refused(resume_rooms, "mediator") == "nothing_to_resume"


async def test_any_move_of_the_host_ends_the_loss(hall: Hall) -> None:
    await hall.seated()
    await hall.do(admit, "mediator", "mother")
    await lose(hall)
    await hall.do(visit, "mediator", "mother")
    assert (await hall.live()).row.mediator_lost_at is None
    assert await hall.rooms() == PARTED | {"mediator": "waiting:mother"}


async def test_rooms_do_not_resume_for_two_who_are_kept_apart_since(hall: Hall) -> None:
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await lose(hall)
    story = hall.story
    pair = story.mother.person.id, story.father.person.id
    await hall.database.write(lambda db: keep_apart(db, story.worker.actor(), *pair, "人身安全保护令"))
    assert await hall.refused(resume_rooms, "mediator") == "kept_apart"
    assert await hall.rooms() == PARTED
    assert (await hall.live()).row.mediator_lost_at is not None
    await hall.do(stay_parted, "mediator")


async def test_before_the_session_began_nobody_is_parted(hall: Hall) -> None:
    await hall.come("mediator", "mother", "father")
    await lose(hall)
    assert (await hall.live()).row.mediator_lost_at is None


async def test_a_host_who_left_is_not_seated_by_the_loss(hall: Hall) -> None:
    await hall.seated()
    await hall.do(admit, "mediator", "mother")
    await hall.do(leave, "mediator")
    await lose(hall)
    assert await hall.rooms() == PARTED | {"mediator": "left"}
    await hall.come("mediator")
    assert (await hall.live()).row.mediator_lost_at is not None  # the question whether to resume is still open
    await hall.do(resume_rooms, "mediator")
    assert await hall.rooms() == {"mediator": "main", "mother": "main", "father": "waiting:father"}
