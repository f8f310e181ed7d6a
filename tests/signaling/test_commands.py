"""The table of commands is walked: who may, with which code everybody else is refused, and what a bad one gets."""

from datetime import timedelta
from typing import Any

from mediation.clock import now
from mediation.errors import Invalid
from mediation.live.signals import SIGNALS
from signaling.commands import Table, parse
from signaling.server import COMMANDS_PER_SECOND
from tests.signaling.hub import Hub

HOST, BAD = "host_only", "invalid_command"
# Command → (arguments, the host's answer, a party's answer, a judge's answer); "" is carried out. {mother} and so on are
# filled in with participants' ids. In this order, the mediator's commands all find what they need.
TABLE: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("beat", {}, "", "", ""),
    ("resync", {}, "", "", ""),
    ("devices", {"microphone": True, "camera": False, "screen": False}, "", "", ""),
    ("relay", {}, "", "", ""),
    ("receive", {"number": "", "restart": False, "answer": ""}, "bad_offer_no_offer", "bad_offer_no_offer", "bad_offer_no_offer"),
    ("offer", {"sdp": "v=0"}, "bad_offer_malformed", "bad_offer_malformed", "bad_offer_malformed"),
    ("prefer", {"pixels": {"{mother}": 320}}, "", "", ""),
    ("raise_hand", {"raised": True}, "", "", ""),
    ("signal", {"kind": SIGNALS[0]}, "", "", ""),
    ("say", {"text": "您好", "key": "key-{who}-0001"}, "", "", ""),
    ("attend_to", {"participant_id": "{mother}"}, "", HOST, HOST),
    ("mute", {"participant_id": "{mother}", "muted": True}, "", HOST, HOST),
    ("permit_screen", {"participant_id": "{mother}", "permitted": True}, "", HOST, HOST),
    ("name_topic", {"topic": "探望时间"}, "", HOST, HOST),
    ("announce_time", {"at": "{soon}"}, "", HOST, HOST),
    ("visit", {"participant_id": "{mother}"}, "", HOST, HOST),
    ("confirm_identity", {"participant_id": "{mother}", "document": "passport", "last_four": "204X"}, "", HOST, HOST),
    ("admit", {"participant_id": "{mother}"}, "", HOST, HOST),
    ("dismiss", {"participant_id": "{mother}"}, "", HOST, HOST),
    ("recall", {"participant_ids": ["{mother}"]}, "", HOST, HOST),
    ("caucus", {"side": "applicant"}, "", HOST, HOST),
    ("consult", {"sides": ["applicant"]}, "", HOST, HOST),
    ("go_to_main", {}, "", HOST, HOST),
    ("separate", {}, "", HOST, HOST),
    ("everybody_waits", {}, "", HOST, HOST),
    ("answer", {"participant_id": "{mother}", "text": "请稍等", "key": "key-{who}-0002"}, "", HOST, HOST),
    ("pause", {"until": "{soon}"}, "", HOST, HOST),
    ("unpause", {}, "", HOST, HOST),
    ("resume_rooms", {}, "nothing_to_resume", HOST, HOST),
    ("stay_parted", {}, "", HOST, HOST),
    ("ask_judge", {"question": "抚养费能不能抵路费？"}, "", HOST, HOST),
    ("withdraw_question", {}, "", HOST, HOST),
    ("ask_to_record", {"version": "2026-11"}, "recording_off", HOST, HOST),
    ("answer_recording", {"given": True, "version": "2026-11"}, "not_asked", "not_asked", "not_asked"),
    ("start_recording", {}, "recording_off", HOST, HOST),
    ("stop_recording", {}, "", HOST, HOST),
    ("leave", {}, "", "", ""),
    ("remove", {"participant_id": "{mother}"}, "", "not_connected", HOST),
]  # fmt: skip


def filled(hub: Hub, who: str, value: Any) -> Any:
    """The arguments with ids instead of names."""
    if isinstance(value, dict):
        return {key: filled(hub, who, each) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(hub, who, each) for each in value]
    if isinstance(value, str) and "{" in value:
        soon = (now() + timedelta(minutes=5)).isoformat()
        return value.format(who=who, soon=soon, **hub.hall.ids)
    return value


async def test_who_may_do_what(hub: Hub) -> None:
    mediator, mother, judge = await hub.come("mediator", "mother", "judge")
    rows = {row[0] for row in TABLE}
    assert rows == set(hub.signaling.table)
    assert len(rows) == len(TABLE)
    for name, args, *expected in TABLE[:-2]:
        told = [await tab.refusal(name, filled(hub, tab.name, args)) for tab in (mediator, mother, judge)]
        assert told == expected, name
    for name, args, *expected in TABLE[-2:]:
        # Who has left or was taken out asks before; the host's own command comes last.
        told = [await tab.refusal(name, filled(hub, tab.name, args)) for tab in (judge, mediator)]
        assert told == [expected[2], expected[0]], name


BAD_VALUES: list[Any] = [
    None,
    7,
    "",
    "x" * 5000,
    ["x"],
    {"x": 1},
    "\x00",
    "\ud800",
    True,
    1e308,
    [["x"] * 30],
    ["x"] * 30,
]
OPTIONAL = {
    "until",
    "at",
    "topic",
    "sides",
    "last_four",
    "microphone",
    "camera",
    "screen",
    "number",
    "restart",
    "answer",
}
TIME = [None, 7]
# What of BAD_VALUES a field may hold all the same; most hold a short text (which the verb may still refuse).
HOLDS: dict[str, list[Any]] = {
    "until": TIME, "at": TIME, "microphone": [True], "camera": [True], "screen": [True], "raised": [True],
    "muted": [True], "permitted": [True], "participant_ids": [["x"]], "side": [], "sides": [], "key": [],
    "sdp": ["x" * 5000], "text": [""], "question": [""],
    "pixels": [{"x": 1}], "given": [True], "restart": [True], "answer": ["", "x" * 5000],
}  # fmt: skip


async def test_bad_arguments_are_refused(hub: Hub) -> None:
    table = hub.signaling.table
    for name, args, *_ in TABLE:
        good = filled(hub, "mother", args)
        parse(table, name, good)
        for bad in ("text", 7, ["x"], {**good, "another": 1}):
            assert refusal(table, name, bad) == BAD, (name, bad)
        for field in good:
            missing = {key: good[key] for key in good if key != field}
            assert refusal(table, name, missing) == ("" if field in OPTIONAL else BAD), (name, field)
            for value in BAD_VALUES:
                code = "" if value in HOLDS.get(field, [""]) else BAD
                assert refusal(table, name, {**good, field: value}) == code, (name, field, value)
    (mother,) = await hub.come("mother")
    assert await mother.refusal("say", {"text": "半个字\ud800", "key": "key-0001-x"}) == BAD


def refusal(table: Table, name: str, args: object) -> str:
    """The code with which arguments are refused, or nothing."""
    try:
        parse(table, name, args)
    except Invalid as refused:
        return refused.code
    return ""


async def test_unknown_commands_and_surplus(hub: Hub) -> None:
    (mother,) = await hub.come("mother")
    for name in ("no_such", "", "__class__", 7, None, ["say"], {"a": 1}):
        assert await mother.refusal(name, {}) == "unknown_command", name
    assert (await mother.sio.call("command", ("beat", {}, "more", "still more")))["error"]["code"] == BAD
    assert (await mother.sio.call("command"))["error"]["code"] == "unknown_command"


async def test_too_many_commands_cost_the_socket_of_their_sender_alone(hub: Hub) -> None:
    mediator, mother = await hub.come("mediator", "mother")
    for _ in range(COMMANDS_PER_SECOND * 6):
        if not mother.sio.connected:
            break
        await mother.sio.emit("command", ("beat", {}))
    await mother.until_gone()
    await mediator.do("beat")
    (mother,) = await hub.come("mother")
    await mother.do("beat")
