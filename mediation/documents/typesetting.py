"""Set a document as PDF/A-2b (ISO 19005-2) with every font embedded, off the event loop and within a time limit."""

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from mediation.documents.press import NOT_PRINTABLE
from mediation.errors import Invalid, Unavailable

FOLDER = Path(__file__).parent
_PRESS = FOLDER / "press.py"
# One at a time in each event loop: a session with video runs on the same two cores.
_presses: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
log = logging.getLogger(__name__)


async def typeset(
    template: str, data: Mapping[str, Any], *, font_dir: Path, at: datetime, seconds: float = 20
) -> bytes:
    """The PDF of `template` (a file beside this one) filled with `data`; `at` is its creation time.

    The same template, data, time and font give the same bytes. Raises Invalid("missing_glyph") naming the characters
    that the font lacks, Unavailable("typesetting") when it can't be done within `seconds`.
    """
    require_font(font_dir)
    job = {"template": str(FOLDER / template), "fonts": str(font_dir), "data": data, "timestamp": int(at.timestamp())}
    async with _presses.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        code, made = await _run_press(json.dumps(job, ensure_ascii=False).encode(), seconds)
    if code == 0 and made.startswith(b"%PDF-"):
        return made
    if code == NOT_PRINTABLE:
        told = json.loads(made)
        if told["missing"]:
            raise missing_glyph(told["missing"])
        log.error("typesetting %s failed: %s", template, told["error"])
    raise Unavailable("typesetting", "The document can't be made right now.")


def require_font(font_dir: Path) -> list[Path]:
    """The fonts of documents. Raises Unavailable when there is none."""
    fonts = sorted(font_dir.glob("*.ttf"))
    if not fonts:
        raise Unavailable("font_missing", "The font for documents is not installed.")
    return fonts


def missing_glyph(characters: list[str]) -> Invalid:
    """The refusal of characters that can't be printed, by name."""
    named = "、".join(map(_named, characters[:10]))
    return Invalid("missing_glyph", "These characters can't be printed: {characters}", characters=named)


def _named(character: str) -> str:
    point = "+".join(f"U+{ord(part):04X}" for part in character)
    return f"{character} ({point})" if character.isprintable() else point


async def _run_press(job: bytes, seconds: float) -> tuple[int, bytes]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_PRESS), stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(seconds):
            made, _nothing = await process.communicate(job)
    except TimeoutError:
        log.error("typesetting took longer than %s s and was stopped", seconds)
        return -1, b""
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode or 0, made
