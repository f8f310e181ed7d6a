"""Somebody's consultation with a judge: the federation worker beside them leads."""

from mediation.live.identity import confirm_identity
from mediation.live.rooms import admit, recall, visit
from mediation.sessions.models import SessionKind, SessionState
from tests.live.hall import Hall


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
