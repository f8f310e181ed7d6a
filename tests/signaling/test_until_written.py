"""What is told only once is written down again and again, until it is or there is no hope."""

import pytest

from signaling import until_written as module
from signaling.until_written import until_written


@pytest.mark.parametrize(("refusals", "attempts"), [(0, 1), (2, 3), (9, 4)])
async def test_attempts(refusals: int, attempts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 0)
    monkeypatch.setattr(module, "ATTEMPTS", 4)
    made = 0

    async def write() -> None:
        nonlocal made
        made += 1
        if made <= refusals:
            raise OSError("the database is away")

    if refusals < 4:
        await until_written("this", write)
    else:
        with pytest.raises(OSError, match="away"):
            await until_written("this", write)
    assert made == attempts
