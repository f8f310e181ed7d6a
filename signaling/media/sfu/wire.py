"""The control connection between application and worker: JSON messages, each with its length in front.

Command ``{"id", "do", "with": {…}}``, reply ``{"id", "value"}`` or ``{"id", "refused"}``, event ``{"event", "with"}``.
"""

from __future__ import annotations

import json
import struct
from asyncio import StreamReader
from dataclasses import asdict
from pathlib import Path
from typing import Any

from signaling.media import engine
from signaling.media.engine import MediaEvent, RecordingTarget

MAX_MESSAGE = 16 << 20
Message = dict[str, Any]


def pack(message: Message) -> bytes:
    """One message as bytes."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return struct.pack("!I", len(body)) + body


async def read(reader: StreamReader) -> Message | None:
    """The next message, None when the other side is gone."""
    try:
        (size,) = struct.unpack("!I", await reader.readexactly(4))
        if size > MAX_MESSAGE:
            return None
        message: Message = json.loads(await reader.readexactly(size))
    except (EOFError, OSError, ValueError):
        return None
    return message


def pack_event(event: MediaEvent) -> bytes:
    """An event as a message."""
    return pack({"event": type(event).__name__, "with": asdict(event)})


def to_event(message: Message) -> MediaEvent:
    """The event in a message that pack_event made."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in message["with"].items()}
    event: MediaEvent = getattr(engine, message["event"])(**values)
    return event


def plain_target(target: RecordingTarget) -> Message:
    """Where a recording goes, as plain values."""
    screen = target.screen and plain_target(target.screen)
    return {"path": str(target.path.resolve()), "ident": target.ident, "key": target.key.hex(), "screen": screen}


def to_target(plain: Message) -> RecordingTarget:
    """What plain_target was given."""
    screen = plain["screen"] and to_target(plain["screen"])
    return RecordingTarget(Path(plain["path"]), plain["ident"], bytes.fromhex(plain["key"]), screen)
