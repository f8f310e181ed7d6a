"""The host moves people; nobody else does, and nobody is moved against a rule."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mediation.clock import now
from mediation.invitations.models import Invitation
from mediation.live import consulting, identity, loss, rooms, signals
from mediation.live.chat import answer
from mediation.live.entering import leave
from mediation.live.rooms import (
    NEAR,
    admit,
    announce_time,
    consult_judge,
    dismiss,
    everybody_waits,
    go_to_main,
    hold_caucus,
    name_topic,
    pause,
    recall,
    remove,
    separate,
    unpause,
    visit,
)
from mediation.sessions.models import SessionState, Side
from tests.live.hall import Hall, Verb

WAIT = {name: f"waiting:{name}" for name in ("mother", "father", "judge", "worker")}
TOGETHER = {"mediator": "main", "mother": "main", "father": "main"}


@pytest.fixture
async def full(hall: Hall) -> Hall:
    """Everybody is here and known; mediator, mother and father talk in the main room."""
    await hall.come("mediator", "mother", "father", "judge", "worker")
    await hall.verify("mother", "father")
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    return hall


async def test_admitting_starts_the_session_and_brings_one_person_and_the_host(hall: Hall) -> None:
    await hall.come("mediator", "mother", "father")
    assert await hall.refused(admit, "mediator", "mother") == "identity_unconfirmed"
    assert (await hall.live()).session.state is SessionState.BOOKED
    await hall.verify("mother")
    await hall.do(visit, "mediator", "father")
    await hall.do(admit, "mediator", "mother")
    assert await hall.rooms() == {"mediator": "main", "mother": "main", "father": "waiting:father"}
    assert (await hall.live()).session.state is SessionState.LIVE
    assert "session_started" in await hall.journal()


@pytest.mark.parametrize(
    ("verb", "args", "expected"),
    [
        (dismiss, ("mother",), {"mediator": "main", "mother": "waiting:mother", "father": "main"}),
        (visit, ("mother",), {"mediator": "waiting:mother", "mother": "main", "father": "main"}),
        (hold_caucus, (Side.APPLICANT,), {"mediator": "caucus:applicant", "mother": "caucus:applicant"}),
        (hold_caucus, (Side.RESPONDENT,), {"mediator": "caucus:respondent", "father": "caucus:respondent"}),
        (consult_judge, ([],), {"mediator": "consultation", "judge": "consultation"}),
        (
            consult_judge,
            ([Side.APPLICANT],),
            {"mediator": "consultation", "judge": "consultation", "mother": "consultation"},
        ),
        (consult_judge, ([Side.APPLICANT, Side.RESPONDENT],),
         {"mediator": "consultation", "judge": "consultation", "mother": "consultation", "father": "consultation"}),
        (separate, (), {"mediator": "main"}),
        (everybody_waits, (), {"mediator": "main"}),
        (admit, ("judge",), TOGETHER | {"judge": "main"}),
        (go_to_main, (), TOGETHER),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)  # fmt: skip
async def test_where_everybody_is_after(
    full: Hall, verb: Verb, args: tuple[Any, ...], expected: dict[str, str]
) -> None:
    await full.do(verb, "mediator", *args)
    assert await full.rooms() == WAIT | expected


async def test_a_recall_brings_them_from_wherever_they_sit(full: Hall) -> None:
    await full.do(hold_caucus, "mediator", Side.APPLICANT)
    everybody = [full.ids[name] for name in ("mother", "father", "judge", "worker")]
    await full.do(recall, "mediator", everybody)
    assert set((await full.rooms()).values()) == {"main"}


async def test_those_not_known_stay_outside_a_caucus_and_a_consultation(hall: Hall) -> None:
    await hall.come("mediator", "mother", "judge")
    assert await hall.refused(hold_caucus, "mediator", Side.APPLICANT) == "nobody_of_that_side"
    await hall.do(consult_judge, "mediator", [Side.APPLICANT])
    assert await hall.rooms() == {"mediator": "consultation", "judge": "consultation", "mother": "waiting:mother"}


async def test_removing_is_for_good(full: Hall) -> None:
    await full.do(remove, "mediator", "father")
    assert (await full.rooms())["father"] == "left"
    assert await full.refused(admit, "mediator", "father") == "not_seated"
    async with full.database.read() as db:
        revoked = select(Invitation.revoked_at).where(Invitation.participant_id == full.ids["father"])
        assert await db.scalar(revoked) is not None
    await full.do(remove, "mediator", "judge")
    assert await full.refused(consult_judge, "mediator", []) == "no_judge_here"
    assert await full.refused(remove, "mediator", "mediator") == "not_seated"
    assert await full.refused(remove, "mediator", "nobody") == "not_seated"


async def test_during_a_pause_nobody_is_brought_into_a_room(full: Hall) -> None:
    until = now() + timedelta(minutes=10)
    await full.do(pause, "mediator", until)
    live = await full.live()
    assert (live.row.paused_at is not None, live.row.next_at) == (True, until)
    for verb, args in (
        (admit, ("judge",)), (recall, ([full.ids["judge"]],)), (hold_caucus, (Side.APPLICANT,)), (consult_judge, ([],)),
    ):  # fmt: skip
        assert await full.refused(verb, "mediator", *args) == "paused"
    await full.do(dismiss, "mediator", "mother")
    await full.do(visit, "mediator", "mother")
    await full.do(unpause, "mediator")
    live = await full.live()
    assert (live.row.paused_at, live.row.next_at) == (None, None)
    await full.do(admit, "mediator", "judge")


async def test_times_and_topic(full: Hall) -> None:
    at = now() + timedelta(minutes=20)
    await full.do(announce_time, "mediator", at)
    assert (await full.live()).row.next_at == at
    await full.do(announce_time, "mediator", None)
    assert (await full.live()).row.next_at is None
    for far in (now() + NEAR * 2, now() - NEAR * 2):
        assert await full.refused(announce_time, "mediator", far) == "invalid_time"
        assert await full.refused(pause, "mediator", far) == "invalid_time"
    await full.do(name_topic, "mediator", " 探望时间 ")
    assert (await full.live()).row.topic == "探望时间"


HOSTS_ONLY: list[tuple[Verb, tuple[Any, ...]]] = [
    (rooms.admit, ("mother",)), (rooms.dismiss, ("mother",)), (rooms.visit, ("mother",)), (rooms.go_to_main, ()),
    (rooms.hold_caucus, (Side.APPLICANT,)), (rooms.recall, (["x"],)), (rooms.consult_judge, ([],)), (rooms.separate, ()),
    (rooms.everybody_waits, ()), (rooms.remove, ("mother",)), (rooms.pause, ()), (rooms.unpause, ()),
    (rooms.announce_time, (None,)), (rooms.name_topic, ("x",)), (loss.resume_rooms, ()), (loss.stay_parted, ()),
    (identity.confirm_identity, ("mother", "passport")), (signals.mute, ("mother", True)),
    (signals.permit_screen, ("mother", True)), (signals.attend_to, ("mother",)), (consulting.ask_judge, ("怎么办？",)),
    (consulting.withdraw_question, ()), (answer, ("mother", "好", "key-0001")),
]  # fmt: skip


async def test_only_the_host_does_what_hosts_do(hall: Hall) -> None:
    await hall.seated()
    before = await hall.rooms(), await hall.journal()
    for verb, args in HOSTS_ONLY:
        for who in ("mother", "father", "judge", "worker", "stranger", "elsewhere"):
            assert await hall.refused(verb, who, *args) == "host_only", (verb.__name__, who)
    await hall.over()
    for verb, args in HOSTS_ONLY:
        assert await hall.refused(verb, "mediator", *args) == "session_over", verb.__name__
    assert (await hall.rooms(), await hall.journal()) == before


async def test_people_who_are_not_here_can_not_be_moved(hall: Hall) -> None:
    await hall.seated()
    await hall.do(leave, "father")
    for verb in (admit, dismiss, visit):
        for whom in ("father", "worker", "mediator", "nobody"):
            assert await hall.refused(verb, "mediator", whom) == "not_seated"
    assert await hall.refused(recall, "mediator", [hall.ids["mother"], hall.ids["father"]]) == "not_seated"
    assert await hall.refused(hold_caucus, "mediator", Side.RESPONDENT) == "nobody_of_that_side"
    assert (await hall.rooms())["mother"] == "waiting:mother"
