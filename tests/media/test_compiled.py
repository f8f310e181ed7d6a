"""The forwarder runs compiled where it was compiled, and as its sources when the switch says so."""

from __future__ import annotations

import importlib

import pytest

from signaling.media.sfu import compiled, create_engine, room
from tests.media.hall import Hall, got
from tests.media.waiting import until
from tools.debian import in_ci


def test_these_tests_run_against_the_compiled_form() -> None:
    if not compiled.in_use():
        (pytest.fail if in_ci() else pytest.skip)("the forwarder isn't compiled here: make ready-test says why")
    assert str(room.__file__).startswith(str(compiled.folder()))
    kernel_calls = importlib.import_module("signaling.media.sfu._calls")
    assert str(kernel_calls.__file__).startswith(str(compiled.folder()))


@pytest.mark.parametrize("switched", [False, True])
async def test_a_worker_forwards_in_both_forms(switched: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if switched:
        monkeypatch.setenv(compiled.SWITCH, "1")
    engine = await create_engine("127.0.0.1", 0, lambda event: None)
    hall = Hall(engine, [])
    await hall.together("a", "b")
    a, b = await hall.enter("a", "b")
    a.send("audio", b"hello")
    await until(lambda: got(b) == [b"hello"])
    assert engine.workers[0].compiled is (compiled.in_use() and not switched)
    await hall.leave()
    await engine.close()
