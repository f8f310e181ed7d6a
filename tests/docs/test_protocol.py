"""docs/protocol.md and docs/errors.md are complete: every command, argument, event, snapshot key and error code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mediation.config import Settings
from mediation.live.chat import say
from mediation.live.consulting import answer_call, ask_judge
from mediation.live.rooms import admit, visit
from signaling.chat_commands import CHAT_COMMANDS
from signaling.media_commands import media_commands
from signaling.recording_commands import recording_commands
from signaling.room_commands import ROOM_COMMANDS
from tests.docs.codes import KINDS, raised
from tests.live.hall import Hall

DOCS = Path(__file__).resolve().parents[2] / "docs"
PROTOCOL = (DOCS / "protocol.md").read_text()
ERRORS = (DOCS / "errors.md").read_text()
COMMANDS: dict[str, Any] = {
    **ROOM_COMMANDS,
    **CHAT_COMMANDS,
    **recording_commands(Settings()),
    **media_commands(None, None, None, None),  # type: ignore[arg-type]
}
_ROW = re.compile(r"^\| `(\w+)` \|(.*)$", re.M)


def part(heading: str) -> str:
    """The text below a heading of the protocol."""
    return PROTOCOL.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_a_row_with_its_arguments(name: str) -> None:
    rows = dict(_ROW.findall(part("Commands")))
    assert name in rows
    for argument in COMMANDS[name].args.model_fields:
        assert f"`{argument}" in rows[name], argument


def test_nothing_is_documented_that_is_no_command() -> None:
    assert sorted(name for name, _ in _ROW.findall(part("Commands"))) == sorted(COMMANDS)


def keys(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all keys of a snapshot; a list's items share one path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}{key}"
            yield from keys(inner, f"{path}{key}.")
    for inner in value if isinstance(value, list) else ():
        yield from keys(inner, path)


async def test_every_key_that_is_sent_is_documented(small_hall: Hall) -> None:
    hall = small_hall
    await hall.seated()
    await hall.come("judge")
    await hall.do(say, "mother", "我到了", "key-mother-1")
    question = (await hall.do(ask_judge, "mediator", "怎么办？")).id
    await hall.database.write(lambda db: answer_call(db, hall.story.judge.actor(), question))
    await hall.do(visit, "mediator", "mother")
    shown = [await hall.view(name, hear={"mediator": {"mother"}}) for name in ("mediator", "mother")]
    await hall.do(admit, "mediator", "mother")
    shown.append(await hall.view("mediator"))
    sent = {"version", "server_time"} | {path for snapshot in shown for path in keys(snapshot)}
    documented = {name for name, _ in re.findall(r"^\| `([\w.]+)` \|(.*)$", part("Snapshots"), re.M)}
    assert sorted(sent - documented) == []
    assert sorted(documented - sent) == []


def test_every_error_code_is_documented_once_with_its_kind() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) ", ERRORS, re.M)
    assert dict(rows) == {code: kind for code, (kind, _, _) in raised().items()}
    assert len(rows) == len(dict(rows))
    for name, kind in KINDS.items():
        assert f"| {name} | {kind.status} |" in ERRORS


def test_every_reason_of_an_end_is_documented() -> None:
    reasons = {"taken_over", "no_longer_valid", "ended", "cancelled"}
    assert {name for name, _ in _ROW.findall(part("Events"))} == {
        "snapshot",
        "ended",
        "speaking",
        "pictures",
        "layers",
        "agreement",
    }
    for reason in reasons:
        assert f"`{reason}`" in part("Events")
