"""In a consultation with two federation workers the second leads on by themselves when the first is gone."""

import asyncio

import pytest
from sqlalchemy import update

from mediation.sessions.models import Participant, ParticipantRole, SessionKind
from tests.signaling.hub import Hub


@pytest.mark.parametrize("grace", [3])
async def test_who_is_there_leads_on_when_the_other_is_gone(hub: Hub, grace: float) -> None:
    hall = hub.hall
    await hall.set_session(kind=SessionKind.CONSULTATION)
    second = update(Participant).where(Participant.id == hall.ids["judge"]).values(role=ParticipantRole.FEDERATION)
    await hall.database.write(lambda db: db.execute(second))
    await hall.verify("mother")
    first, other, mother = await hub.come("worker", "judge", "mother")
    assert (first.now["you"]["host"], other.now["you"]["host"]) == (True, False)
    await first.do("admit", participant_id=hall.ids["mother"])
    hub.signaling.roster.note_media(hall.session, hall.ids["judge"], 60)  # off while waiting: no loss later
    await first.close()
    await other.until(lambda seen: seen["you"]["host"] and seen["you"]["place"] == "main")
    await mother.until(lambda seen: seen["you"]["place"] == "waiting" and seen["host"]["called"] == "陈法官")
    await other.do("admit", participant_id=hall.ids["mother"])
    await mother.until(lambda seen: seen["you"]["place"] == "main")
    (first,) = await hub.come("worker")
    await asyncio.sleep(2)
    assert mother.now["you"]["place"] == "main", "nobody is parted from a leader who is here"
    assert first.now["you"]["host"] is False
    assert await first.refusal("admit", {"participant_id": hall.ids["mother"]}) == "host_only"
