"""The figures that others read have the names that were promised, each against both other servers."""

from __future__ import annotations

import json

import pytest

from bench.figures import show
from bench.media import comparison
from bench.media.browsers import Seen, usual
from bench.media.rooms import Measured

RATIOS = (
    "media.cpu_per_packet.browsers",
    "media.cpu_per_packet.scripted8",
    "media.join",
    "media.move",
    "media.recovery",
    "media.memory_per_peer",
)
SERVERS = ("forwarder", "janus", "mediarelay")


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_ratios_have_the_promised_names(capsys: pytest.CaptureFixture[str]) -> None:
    measured = {name: Measured(100, 0.1, 10.0 * at, 1.0 * at, 0.0, 1.0, 1.0) for at, name in enumerate(SERVERS, 1)}
    seen = {name: Seen(0.1, 10.0 * at, 24, [10.0 * at], [10.0 * at], [10.0 * at]) for at, name in enumerate(SERVERS, 1)}
    show("rooms", comparison.scripted(measured))
    show("browsers", comparison.in_browsers(seen))
    ratios = {(line["name"], line["against"]): line["value"] for line in printed(capsys) if line["unit"] == "ratio"}
    assert ratios == {(name, "janus"): 0.5 for name in RATIOS} | {(name, "mediarelay"): 0.333333 for name in RATIOS}


@pytest.mark.parametrize("form", [True, False])
def test_the_form_of_the_forwarder_is_told(
    form: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("signaling.media.sfu.compiled.in_use", lambda: form)
    measured = {name: Measured(100, 0.1, 10.0, 1.0, 0.0, 1.0, 1.0) for name in SERVERS}
    show("rooms", comparison.scripted(measured))
    out = capsys.readouterr().out
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    assert {line.get("compiled") for line in lines if line.get("of") == "forwarder" or "against" in line} == {form}
    assert {line.get("compiled") for line in lines if line.get("of") in ("janus", "mediarelay")} == {None}
    assert ("interpreted" in out, " compiled " in out) == (not form, form)


def test_what_could_not_be_measured_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    show("browsers", comparison.in_browsers({"forwarder": Seen(0.1, 10.0, 24, [1.0], [1.0], [float("nan")])}))
    values = {line["name"]: line["value"] for line in printed(capsys)}
    assert "media.recovery" not in values
    assert values["media.join"] == 1.0
    show("browsers", comparison.in_browsers({"janus": Seen()}))
    assert not [line for line in printed(capsys) if line["unit"] == "ratio"]


def test_of_several_turns_the_usual_cost_and_all_times_count() -> None:
    turns = [
        {"forwarder": Seen(0.1, cost, 24, [cost], [cost, cost], []), "janus": Seen(cost=cost)}
        for cost in (30.0, 90.0, 40.0)
    ]
    del turns[0]["janus"]  # it was left out once
    found = usual(turns)
    assert found["forwarder"].cost == 40.0
    assert (found["forwarder"].joins, len(found["forwarder"].moves)) == ([30.0, 90.0, 40.0], 6)
    assert found["janus"].cost == 65.0
