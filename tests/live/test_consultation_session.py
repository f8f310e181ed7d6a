"""Somebody's consultation with a judge: the federation worker beside them leads."""

import asyncio

import pytest
from sqlalchemy import update

from mediation.live.entering import leave
from mediation.live.identity import confirm_identity
from mediation.live.leading import pass_on_lead
from mediation.live.loss import lose_host, resume_rooms
from mediation.live.rooms import admit, recall, visit
from mediation.sessions.models import Participant, ParticipantRole, SessionKind, SessionState
from tests.live.hall import Hall


@pytest.fixture
async def two(hall: Hall) -> Hall:
    """A consultation with two federation workers: "worker" is the first in order, "judge" the second here."""
    await hall.set_session(kind=SessionKind.CONSULTATION)
    second = update(Participant).where(Participant.id == hall.ids["judge"]).values(role=ParticipantRole.FEDERATION)
    await hall.database.write(lambda db: db.execute(second))
    await hall.verify("mother")
    return hall


async def leading(hall: Hall) -> list[str]:
    return [name for name in ("worker", "judge") if (await hall.view(name))["you"]["host"]]


async def pass_on(hall: Hall, lost: str, to: str) -> None:
    ids = hall.ids
    await hall.database.write(lambda db: pass_on_lead(db, hall.session, ids[lost], ids[to]))


async def test_the_federation_worker_leads(hall: Hall) -> None:
    await hall.set_session(kind=SessionKind.CONSULTATION)
    await hall.come("worker", "mother", "judge")
    assert await hall.rooms() == {"worker": "main", "mother": "waiting:mother", "judge": "waiting:judge"}
    assert await hall.refused(admit, "judge", "mother") == "host_only"
    assert await hall.refused(admit, "worker", "mother") == "identity_unconfirmed"
    await hall.do(visit, "worker", "mother")
    await hall.do(confirm_identity, "worker", "mother", "identity_card", "204X")
    await hall.do(recall, "worker", [hall.ids["mother"], hall.ids["judge"]])
    assert await hall.rooms() == {"worker": "main", "mother": "main", "judge": "main"}
    assert (await hall.live()).session.state is SessionState.LIVE
    assert (await hall.view("worker"))["you"]["host"] is True
    assert (await hall.view("judge"))["you"]["host"] is False


async def test_the_second_worker_leads_when_the_first_does_not_come(two: Hall) -> None:
    await two.come("judge", "mother")
    assert await leading(two) == ["judge"]
    await two.do(admit, "judge", "mother")
    await two.come("worker")
    assert await leading(two) == ["judge"], "who comes later takes nobody's place"
    assert await two.rooms() == {"judge": "main", "mother": "main", "worker": "waiting:worker"}
    assert await two.refused(admit, "worker", "mother") == "host_only"
    await two.do(admit, "judge", "worker")
    assert (await two.rooms())["worker"] == "main"


async def test_another_takes_over_from_who_left_or_was_lost_and_begins_anew(two: Hall) -> None:
    await two.come("worker", "mother", "judge")
    assert await leading(two) == ["worker"]
    await two.do(admit, "worker", "mother")
    await two.database.write(lambda db: lose_host(db, two.session))
    await two.come("judge")  # opens the page again
    assert await leading(two) == ["judge"]
    assert await two.rooms() == {"judge": "main", "mother": "waiting:mother", "worker": "waiting:worker"}
    assert await two.refused(resume_rooms, "judge") == "nothing_to_resume"
    assert (await two.view("mother"))["host"]["where"] == "reconnecting", "the one who leads now is not lost"
    await two.come("worker")
    assert await leading(two) == ["judge"]
    await two.do(leave, "judge")
    await two.come("worker")
    assert await leading(two) == ["worker"]
    assert "lead_taken" in await two.journal()


async def test_the_lead_is_passed_on_only_from_who_has_it_to_who_is_there(two: Hall) -> None:
    await two.come("worker", "judge", "mother")
    await pass_on(two, lost="judge", to="worker")
    await pass_on(two, lost="worker", to="mother")
    assert await leading(two) == ["worker"]
    await pass_on(two, lost="worker", to="judge")
    await pass_on(two, lost="worker", to="judge")
    assert await leading(two) == ["judge"]
    assert (await two.journal()).count("lead_taken") == 1


async def test_two_who_come_at_once_never_both_lead(two: Hall) -> None:
    await asyncio.gather(two.come("worker"), two.come("judge"), two.come("mother"))
    (one,) = await leading(two)
    rooms = await two.rooms()
    assert [name for name, room in rooms.items() if room == "main"] == [one]
