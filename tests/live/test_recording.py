"""Asking, answering, starting and everything that ends a recording, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from mediation.live.entering import leave
from mediation.live.loss import lose_host
from mediation.live.recording import (
    answer_recording,
    ask_to_record,
    fail_recording,
    settle_recording,
    start_recording,
    stop_recording,
)  # fmt: skip
from mediation.live.rooms import (
    admit,
    consult_judge,
    dismiss,
    everybody_waits,
    go_to_main,
    hold_caucus,
    pause,
    recall,
    remove,
    separate,
    unpause,
    visit,
)  # fmt: skip
from mediation.live.separation import keep_apart
from mediation.recordings.consents import SUBJECT, TEXT_VERSION
from mediation.recordings.lifetime import end_interrupted
from mediation.recordings.models import Recording
from mediation.sessions.models import Consent, SessionKind, Side
from tests.live.hall import Hall

Move = Callable[[Hall], Awaitable[Any]]


async def ask(hall: Hall) -> None:
    await hall.do(ask_to_record, "mediator", TEXT_VERSION, allowed=True)


async def agree(hall: Hall, *names: str) -> None:
    for name in names:
        await hall.do(answer_recording, name, True, TEXT_VERSION)


async def begin(hall: Hall) -> None:
    """Mediator, mother and father are in the main room and are being recorded; the judge waits, and was not asked."""
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await ask(hall)
    await agree(hall, "mother", "father")
    await hall.do(start_recording, "mediator", allowed=True, keep_days=30)
    assert (await hall.live()).recorded


async def newest(hall: Hall) -> Recording:
    recording = (await hall.live()).recording
    assert recording is not None
    return recording


async def test_it_begins_only_when_everybody_in_the_main_room_has_agreed(hall: Hall) -> None:
    await hall.seated()
    start = (start_recording, "mediator")
    assert await hall.refused(*start, allowed=True, keep_days=30) == "main_room_only"
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    assert await hall.refused(answer_recording, "mother", True, TEXT_VERSION) == "not_asked"
    assert await hall.refused(*start, allowed=True, keep_days=30) == "not_everybody_agrees"
    await ask(hall)
    assert await hall.refused(*start, allowed=True, keep_days=30) == "not_everybody_agrees"
    await agree(hall, "mother")
    assert await hall.refused(*start, allowed=True, keep_days=30) == "not_everybody_agrees"
    await hall.do(answer_recording, "father", False, TEXT_VERSION)
    assert await hall.refused(*start, allowed=True, keep_days=30) == "not_everybody_agrees"
    await agree(hall, "father")
    await hall.do(start_recording, "mediator", allowed=True, keep_days=30)
    await hall.do(start_recording, "mediator", allowed=True, keep_days=30)
    async with hall.database.read() as db:
        assert len((await db.scalars(select(Recording))).all()) == 1
        kept = await db.scalars(select(Consent).where(Consent.subject == SUBJECT).order_by(Consent.at))
        told = [(consent.participant_id, consent.given, consent.text_version) for consent in kept]
    assert told == [
        (hall.ids[name], given, TEXT_VERSION)
        for name, given in (("mediator", True), ("mother", True), ("father", False), ("father", True))
    ]
    journal = await hall.journal()
    assert [each for each in journal if each.startswith("recording")] == [
        "recording_agreed", "recording_asked", "recording_agreed", "recording_declined", "recording_agreed",
        "recording_started",
    ]  # fmt: skip


async def test_who_may_not_ask_start_or_stop(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    await hall.come("judge")
    for name in ("mother", "judge"):
        assert await hall.refused(ask_to_record, name, TEXT_VERSION, allowed=True) == "host_only"
        assert await hall.refused(start_recording, name, allowed=True, keep_days=30) == "host_only"
        assert await hall.refused(stop_recording, name) == "host_only"
    assert await hall.refused(ask_to_record, "mediator", TEXT_VERSION, allowed=False) == "recording_off"
    assert await hall.refused(start_recording, "mediator", allowed=False, keep_days=30) == "recording_off"
    assert await hall.refused(ask_to_record, "mediator", "1999-01", allowed=True) == "text_changed"
    await ask(hall)
    assert await hall.refused(answer_recording, "mother", True, "1999-01") == "text_changed"
    assert await hall.refused(answer_recording, "elsewhere", True, TEXT_VERSION) == "not_expected"
    await hall.set_session(kind=SessionKind.CONSULTATION)
    assert (await hall.live()).recorded is False


async def test_a_consultation_with_a_judge_is_never_recorded(small_hall: Hall) -> None:
    hall = small_hall
    await begin(hall)
    await hall.set_session(kind=SessionKind.CONSULTATION)
    assert not (await hall.live()).recorded


def moves(verb: Any, *args: Any, who: str = "mediator", **more: Any) -> Move:
    return lambda hall: hall.do(verb, who, *args, **more)


async def pair_added(hall: Hall) -> None:
    story = hall.story
    pair = story.mother.person.id, story.father.person.id
    await hall.database.write(lambda db: keep_apart(db, story.worker.actor(), *pair, "人身安全保护令"))


async def host_lost(hall: Hall) -> None:
    await hall.database.write(lambda db: lose_host(db, hall.session))


async def judge_admitted(hall: Hall) -> None:
    await hall.come("judge")
    assert (await hall.live()).recorded  # who waits outside changes nothing
    await hall.do(admit, "mediator", "judge")


async def judge_consulted(hall: Hall) -> None:
    await hall.come("judge")
    await hall.do(consult_judge, "mediator", [])


async def file_failed(hall: Hall) -> None:
    await hall.database.write(lambda db: fail_recording(db, hall.session))


async def session_ended(hall: Hall) -> None:
    await hall.over()
    await hall.database.write(lambda db: settle_recording(db, hall.session))


async def text_changed(hall: Hall) -> None:
    """A newer version of the workstation asks with another text: nobody has agreed to that."""
    await hall.database.write(lambda db: db.execute(update(Consent).values(text_version="1999-01")))
    await hall.database.write(lambda db: settle_recording(db, hall.session))


@pytest.mark.parametrize(
    ("move", "why"),
    [
        (moves(stop_recording), "stopped"),
        (moves(answer_recording, False, "", who="mother"), "not_everybody"),
        (moves(answer_recording, False, "", who="mediator"), "not_everybody"),
        (judge_admitted, "not_everybody"),
        (moves(hold_caucus, Side.APPLICANT), "room_left"),
        (judge_consulted, "room_left"),
        (moves(visit, "mother"), "room_left"),
        (moves(pause), "room_left"),
        (moves(separate), "room_left"),
        (moves(everybody_waits), "room_left"),
        (moves(leave), "room_left"),
        (moves(leave, who="mother"), "room_left"),
        (moves(dismiss, "father"), "room_left"),
        (moves(remove, "father"), "room_left"),
        (text_changed, "not_everybody"),
        (host_lost, "room_left"),
        (pair_added, "room_left"),
        (session_ended, "session_over"),
        (file_failed, "failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else getattr(value, "__name__", ""),
)
async def test_what_ends_it_in_the_same_transaction(small_hall: Hall, move: Move, why: str) -> None:
    hall = small_hall
    await begin(hall)
    await move(hall)
    recording = await newest(hall)
    assert recording.ended_at is not None
    assert recording.ended_by == why
    assert not (await hall.live()).recorded
    assert (await hall.journal()).count("recording_ended") == 1


async def test_it_never_goes_on_by_itself(small_hall: Hall) -> None:
    hall = small_hall
    await begin(hall)
    await hall.do(hold_caucus, "mediator", Side.APPLICANT)
    assert await hall.refused(start_recording, "mediator", allowed=True, keep_days=30) == "main_room_only"
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await hall.do(pause, "mediator")
    assert await hall.refused(start_recording, "mediator", allowed=True, keep_days=30) == "main_room_only"
    await hall.do(unpause, "mediator")
    await hall.do(go_to_main, "mediator")
    assert not (await hall.live()).recorded
    await hall.do(start_recording, "mediator", allowed=True, keep_days=30)  # what people agreed to stands
    await hall.database.write(end_interrupted)
    assert (await newest(hall)).ended_by == "interrupted"


async def test_who_agreed_may_come_and_go_while_both_sides_sit_there(small_hall: Hall) -> None:
    hall = small_hall
    await begin(hall)
    await hall.come("judge")
    await agree(hall, "judge")
    await hall.do(admit, "mediator", "judge")
    assert (await hall.live()).recorded
    await hall.do(dismiss, "mediator", "judge")
    assert (await hall.live()).recorded


async def test_with_one_side_alone_the_main_room_is_a_caucus(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"]])
    await ask(hall)
    await agree(hall, "mother", "father")
    assert await hall.refused(start_recording, "mediator", allowed=True, keep_days=30) == "main_room_only"


async def test_a_no_to_an_older_text_stays_a_no(small_hall: Hall) -> None:
    hall = small_hall
    await begin(hall)
    await hall.do(answer_recording, "father", False, "1999-01")
    assert (await hall.live()).agreed[hall.ids["father"]] is False


async def test_somebody_enters_while_it_starts(hall: Hall) -> None:
    """Whatever comes first: never is somebody recorded who has not agreed."""
    await hall.seated()
    await hall.come("judge")
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await ask(hall)
    await agree(hall, "mother", "father")
    for _ in range(8):
        entering = hall.do(admit, "mediator", "judge")
        starting = hall.do(start_recording, "mediator", allowed=True, keep_days=30)
        await asyncio.gather(*(entering, starting), return_exceptions=True)
        assert not (await hall.live()).recorded
        await hall.do(dismiss, "mediator", "judge")


async def test_each_sees_their_own_answer_and_only_those_in_the_room_the_sign(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    before = {name: (await hall.view(name))["recording"] for name in ("mother", "father")}
    assert before["mother"] == before["father"] == {"on": False, "asked": False, "agreed": None}
    await hall.come("judge")
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await ask(hall)
    await agree(hall, "mother", "father")
    judge = await hall.view("judge")
    assert judge["recording"] == {"on": False, "asked": True, "agreed": None}
    await hall.do(start_recording, "mediator", allowed=True, keep_days=30)
    assert (await hall.view("mother"))["recording"] == {"on": True, "asked": True, "agreed": True}
    assert (await hall.view("judge"))["recording"] == judge["recording"]
    assert "recording_ended" not in judge
    host = await hall.view("mediator")
    answers = {each["id"]: each["agreed_to_recording"] for each in host["everybody"]}
    assert answers[hall.ids["mother"]] is True
    assert answers[hall.ids["judge"]] is None
    assert host["recording_ended"] is None


async def test_a_protected_pair_learns_nothing_of_each_other_by_it(small_hall: Hall) -> None:
    """In shuttle mode nothing is ever recorded, each side being alone with the host; and neither sees what the other answers."""
    hall = small_hall
    await hall.shuttle()
    await hall.seated()
    await pair_added(hall)
    await hall.do(recall, "mediator", [hall.ids["mother"]])
    await ask(hall)
    await agree(hall, "mother")

    async def seen() -> dict[str, Any]:
        shown = await hall.view("father")
        return {name: value for name, value in shown.items() if name != "server_time"}

    before = await seen()
    assert await hall.refused(start_recording, "mediator", allowed=True, keep_days=30) == "main_room_only"
    await hall.do(answer_recording, "mother", False, "")
    assert await seen() == before
