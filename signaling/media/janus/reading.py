"""What Janus' Admin API tells of one connection, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from signaling.media.janus.wire import Message

_OTHER_LAYERS = ("video-simulcast-1", "video-simulcast-2")


@dataclass(frozen=True)
class LineFigures:
    """Since the connection began. `lost` are packets that the browser says it did not get, `trip` is in milliseconds.

    `layer` is the place of the layer that is sent on the line now, -1 before the first picture, None for a camera that
    comes in one size.
    """

    packets_in: int
    bytes_in: int
    packets_out: int
    bytes_out: int
    lost: int
    trip: int
    layer: int | None


def read_lines(info: Message) -> dict[str, LineFigures]:
    """The lines of a handle by mid, from what `handle_info` told of it."""
    layers = {one.get("mid"): one["simulcast"]["substream"] for one in _received(info) if "simulcast" in one}
    media = info.get("webrtc", {}).get("media", {})
    return {mid: _figures(line, layers.get(mid)) for mid, line in media.items()}


def _received(info: Message) -> list[Message]:
    """What VideoRoom tells of the lines of somebody who receives."""
    told = info.get("plugin_specific", {})
    streams: list[Message] = told.get("streams", []) if told.get("type") == "subscriber" else []
    return streams


def _figures(line: Message, layer: int | None) -> LineFigures:
    coming = _at(line, "stats", "in")
    layers = [coming, *(coming.get(name, {}) for name in _OTHER_LAYERS)]
    going, told = _at(line, "stats", "out"), _at(line, "rtcp", "main")
    return LineFigures(
        packets_in=sum(one.get("packets", 0) for one in layers),
        bytes_in=sum(one.get("bytes", 0) for one in layers),
        packets_out=going.get("packets", 0),
        bytes_out=going.get("bytes", 0),
        lost=told.get("lost-by-remote", 0),
        trip=told.get("rtt", 0),
        layer=layer,
    )


def _at(message: Message, *path: str) -> Message:
    value: Any = message
    for step in path:
        value = value.get(step) or {}
    found: Message = value
    return found
