"""What each viewer is shown: tables of viewer and situation, and a protected pair of which nothing shines through."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mediation.clock import now
from mediation.live.chat import answer, say
from mediation.live.consulting import ask_judge
from mediation.live.entering import enter, leave
from mediation.live.identity import confirm_identity
from mediation.live.loss import lose_host
from mediation.live.rooms import (
    admit,
    announce_time,
    consult_judge,
    dismiss,
    everybody_waits,
    hold_caucus,
    name_topic,
    pause,
    recall,
    remove,
    visit,
)
from mediation.live.signals import attend_to, mute, permit_screen, raise_hand, signal
from mediation.live.view import Presence, Snapshot
from mediation.people.models import Person
from mediation.sessions.models import Participant, Reply, Side
from tests.live.hall import Hall

HERE = {name: Presence("here", microphone=True, camera=True) for name in ("mediator", "mother", "father", "judge")}
# What is done after mediator, mother, father and judge came in → viewer: place, who is with them, where the host is.
SITUATIONS: list[tuple[str, list[tuple[Any, ...]], dict[str, tuple[str, str, str]]]] = [
    ("everybody waits", [], {
        "mediator": ("main", "", "with_you"), "mother": ("waiting", "", "elsewhere"),
        "father": ("waiting", "", "elsewhere"), "judge": ("waiting", "", "elsewhere")}),
    ("together", [(recall, ["mother", "father"])], {
        "mediator": ("main", "mother father", "with_you"), "mother": ("main", "father mediator", "with_you"),
        "father": ("main", "mother mediator", "with_you"), "judge": ("waiting", "", "elsewhere")}),
    ("caucus", [(hold_caucus, Side.APPLICANT)], {
        "mediator": ("caucus", "mother", "with_you"), "mother": ("caucus", "mediator", "with_you"),
        "father": ("waiting", "", "with_other_side"), "judge": ("waiting", "", "elsewhere")}),
    ("consultation", [(consult_judge, [])], {
        "mediator": ("consultation", "judge", "with_you"), "judge": ("consultation", "mediator", "with_you"),
        "mother": ("waiting", "", "elsewhere"), "father": ("waiting", "", "elsewhere")}),
    ("visit", [(recall, ["mother"]), (visit, "father")], {
        "mediator": ("visiting", "father", "with_you"), "father": ("waiting", "mediator", "with_you"),
        "mother": ("main", "", "elsewhere")}),
    ("lost", [(recall, ["mother", "father"]), ("lost",)], {
        "mediator": ("main", "", "lost"), "mother": ("waiting", "", "lost"), "father": ("waiting", "", "lost")}),
    ("left", [(recall, ["mother", "father"]), ("leave", "father")], {
        "father": ("left", "", "elsewhere"), "mother": ("main", "mediator", "with_you")}),
    ("the host left", [("leave", "mediator")], {"mother": ("waiting", "", "away")}),
]  # fmt: skip
# The same for two who are kept apart; who leads is "elsewhere" for them wherever it is.
APART: list[tuple[str, list[tuple[Any, ...]], dict[str, tuple[str, str, str]]]] = [
    ("caucus", [(hold_caucus, Side.APPLICANT)], {
        "mother": ("caucus", "mediator", "with_you"), "father": ("waiting", "", "elsewhere")}),
    ("main", [(admit, "mother")], {"mother": ("main", "mediator", "with_you"), "father": ("waiting", "", "elsewhere")}),
    ("nothing", [], {"mother": ("waiting", "", "elsewhere"), "father": ("waiting", "", "elsewhere")}),
]  # fmt: skip


async def play(hall: Hall, moves: list[tuple[Any, ...]]) -> None:
    """The mediator's moves, with the mediator's loss and somebody's leaving in between."""
    for verb, *args in moves:
        if verb == "lost":
            await hall.database.write(lambda db: lose_host(db, hall.session))
        elif verb == "leave":
            await hall.do(leave, *args)
        else:
            given = [[hall.ids.get(each, each) for each in arg] if isinstance(arg, list) else arg for arg in args]
            await hall.do(verb, "mediator", *given)


@pytest.mark.parametrize(
    ("apart", "moves", "expected"),
    [(apart, moves, expected) for apart, table in ((False, SITUATIONS), (True, APART)) for _, moves, expected in table],
    ids=[name for name, _, _ in SITUATIONS] + [f"apart, {name}" for name, _, _ in APART],
)
async def test_place_company_and_host(
    small_hall: Hall, apart: bool, moves: list[tuple[Any, ...]], expected: dict[str, tuple[str, str, str]]
) -> None:
    hall = small_hall
    await hall.seated()
    await hall.come("judge")
    if apart:
        await hall.story.protect(hall.database)
    await play(hall, moves)
    names = {ident: name for name, ident in hall.ids.items()}
    for viewer, (place, company, host) in expected.items():
        shown = await hall.view(viewer, HERE)
        assert (shown["you"]["place"], shown["host"]["where"]) == (place, host), viewer
        assert sorted(names[each["id"]] for each in shown["people"]) == sorted(company.split()), viewer


async def test_only_the_host_is_shown_everybody(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    host = await hall.view("mediator", HERE)
    assert {each["id"] for each in host["everybody"]} == set(hall.ids.values())
    assert (host["you"]["host"], host["consultation"], host["lost_at"]) == (True, None, None)
    mother = await hall.view("mother", HERE)
    assert {"everybody", "consultation", "lost_at"} & set(mother) == set()
    assert mother["you"]["host"] is False
    card = {"called", "id", "side", "role", "you"}
    shown = {"connection", "microphone", "camera", "screen", "hand", "muted"}
    assert {frozenset(each) for each in mother["people"]} == {frozenset(card | shown)}


async def test_the_hear_line_is_the_union_of_before_and_after_until_the_engine_confirmed(small_hall: Hall) -> None:
    """`Media` holds the union (signaling/placement.py); the view names everybody in it, and shows nobody by it."""
    hall = small_hall
    await hall.seated()
    await hall.do(hold_caucus, "mediator", Side.APPLICANT)
    under_way = {"mediator": {"mother", "father"}, "mother": {"mediator", "father"}, "father": {"mediator", "mother"}}
    mother = await hall.view("mother", HERE, under_way)
    assert {each["id"] for each in mother["heard_by"]} == {hall.ids["mediator"], hall.ids["father"]}
    assert [each["id"] for each in mother["people"]] == [hall.ids["mediator"]]
    assert mother["receive"] == [hall.ids["mediator"]]
    confirmed = await hall.view("mother", HERE, {"mediator": {"mother"}, "mother": {"mediator"}, "father": set()})
    assert [each["id"] for each in confirmed["heard_by"]] == [hall.ids["mediator"]]


async def test_a_pause_a_time_and_a_mute_are_shown(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    at = now() + timedelta(minutes=5)
    await hall.do(announce_time, "mediator", at)
    assert (await hall.view("mother"))["session"]["next_at"] == at.isoformat()
    await hall.do(pause, "mediator")
    shown = (await hall.view("mother"))["session"]
    assert (shown["paused"], shown["next_at"]) == (True, None)


async def test_after_the_end_nothing_of_the_talk_is_shown(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    await hall.do(say, "mother", "好", "key-mother-1")
    await hall.over()
    shown = await hall.view("father")
    assert (shown["session"]["state"], shown["chat"]) == ("ended", [])


# A protected pair: what must never show through.

SECRET = {
    "name": "隐名甲乙", "phone": "13912345678", "email": "hidden.person@example.org", "address": "隐蔽路77号", "reply_note": "隐情回复",
}  # fmt: skip


async def plant(hall: Hall, name: str) -> list[str]:
    """Give this person secrets of their own; gives the strings that must not show."""
    secret = {key: f"{value}{name}" for key, value in SECRET.items()}
    guest = getattr(hall.story, name)
    note = secret.pop("reply_note")
    person = update(Person).where(Person.id == guest.person.id).values(**secret)
    reply = update(Participant).where(Participant.id == guest.participant.id)
    await hall.database.write(lambda db: db.execute(person))
    await hall.database.write(lambda db: db.execute(reply.values(reply=Reply.ACCEPTED, reply_note=note)))
    return [*secret.values(), note, guest.person.called, guest.person.id, guest.participant.id]


KNOWN = ("passport", "204X")
HIDDEN_ACTS: list[tuple[str, tuple[Any, ...]]] = [
    ("father", ("come",)),
    ("mediator", (visit, "father")),
    ("mediator", (confirm_identity, "father", *KNOWN)),
    ("father", (say, "父亲的秘密", "key-father-1")),
    ("mediator", (answer, "father", "给父亲的话", "key-host-01")),
    ("mediator", (admit, "father")),
    ("mediator", (name_topic, "父亲的探望")),
    ("father", (raise_hand, True)),
    ("father", (signal, "help")),
    ("mediator", (attend_to, "father")),
    ("mediator", (mute, "father", True)),
    ("mediator", (permit_screen, "father", True)),
    ("mediator", (ask_judge, "关于父亲的问题")),
    ("father", (say, "主会场的话", "key-father-2")),
    ("mediator", (hold_caucus, Side.RESPONDENT)),
    ("mediator", (consult_judge, [Side.RESPONDENT])),
    ("mediator", (dismiss, "father")),
    ("father", (leave,)),
    ("father", ("come",)),
    ("mediator", (remove, "father")),
]


async def test_nothing_of_the_other_shows_and_hidden_events_change_nothing(hall: Hall) -> None:
    await hall.story.protect(hall.database)
    secrets = await plant(hall, "father")
    await hall.come("mediator", "mother", "judge")
    await hall.verify("mother")
    before = await hall.view("mother", HERE)
    for who, (verb, *args) in HIDDEN_ACTS:
        if verb == "come":
            await hall.come(who)
        else:
            await hall.do(verb, who, *args)
        presence = HERE | {"father": Presence("reconnecting", microphone=verb is say, screen=True)}
        shown = await hall.view("mother", presence, {"mediator": {"father"}, "father": {"mediator"}})
        assert shown == before, verb
    await hall.do(admit, "mediator", "mother")
    text = json.dumps(await hall.view("mother", HERE), ensure_ascii=False)
    for secret in [*secrets, "父亲的秘密", "给父亲的话", "主会场的话", "父亲的探望", "关于父亲的问题"]:
        assert secret not in text


async def test_who_was_not_called_does_not_learn_by_going_and_coming_that_somebody_else_was(small_hall: Hall) -> None:
    hall = small_hall
    await hall.story.protect(hall.database)
    await hall.seated()
    waiting = await hall.view("mother")
    await hall.do(admit, "mediator", "father")
    for verb in (leave, enter):
        await hall.do(verb, "mother")
        assert (await hall.view("mother"))["session"] == waiting["session"]
    await hall.database.write(lambda db: lose_host(db, hall.session))  # which parts nobody before it has begun
    assert (await hall.view("mother"))["host"] == waiting["host"]
    assert (await hall.view("father"))["host"]["where"] == "lost"
    await hall.do(dismiss, "mediator", "father")
    await hall.do(admit, "mediator", "mother")
    for verb in (leave, enter):
        await hall.do(verb, "mother")
        assert (await hall.view("mother"))["session"]["state"] == "live"  # known to her by now


async def test_what_one_side_talked_about_is_not_shown_to_the_other(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    await hall.come("judge")
    await hall.shuttle()

    async def topic(name: str) -> str:
        return str((await hall.view(name))["session"]["topic"])

    await hall.do(name_topic, "mediator", "先想好的话题")
    await hall.do(admit, "mediator", "father")
    assert await topic("father") == "先想好的话题"
    await hall.do(name_topic, "mediator", "父亲的收入")
    await hall.do(consult_judge, "mediator", [Side.RESPONDENT])
    assert await topic("father") == "父亲的收入"  # they go on talking
    await hall.do(consult_judge, "mediator", [Side.APPLICANT])
    assert [await topic(name) for name in ("mother", "judge", "mediator")] == ["", "", ""]


async def test_after_a_break_those_who_talk_together_read_their_topic_again(small_hall: Hall) -> None:
    hall, both = small_hall, [small_hall.ids["mother"], small_hall.ids["father"]]
    await hall.seated()
    await hall.do(recall, "mediator", both)
    await hall.do(name_topic, "mediator", "探望时间")
    await hall.do(everybody_waits, "mediator")
    await hall.do(recall, "mediator", both)
    assert (await hall.view("mother"))["session"]["topic"] == "探望时间"


async def test_nobody_is_shown_contact_data_or_replies_of_anybody(small_hall: Hall) -> None:
    hall = small_hall
    secrets = await plant(hall, "father")
    await hall.seated()
    await hall.do(recall, "mediator", [hall.ids["mother"], hall.ids["father"]])
    shown: list[Snapshot] = [await hall.view(name, HERE) for name in ("mother", "mediator", "judge")]
    called, _person, participant = secrets[-3:]
    for text in (json.dumps(each, ensure_ascii=False) for each in shown):
        for secret in [each for each in secrets if each not in (called, participant)]:
            assert secret not in text
