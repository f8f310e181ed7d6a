"""Which codecs are forwarded, and how two sides with different payload types are matched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from signaling.media.sfu import vp8
from signaling.media.sfu.rtp import Packet

OPUS: Final = "opus"
VP8: Final = "vp8"
H264: Final = "h264"
RTX: Final = "rtx"
PREFERENCE = {"audio": (OPUS,), "video": (VP8, H264)}
CLOCK: Final = {OPUS: 48000, VP8: 90000, H264: 90000}
FEEDBACK = {
    "audio": ("transport-cc", "nack"),
    "video": ("transport-cc", "goog-remb", "ccm fir", "nack", "nack pli"),
}


@dataclass
class Codec:
    """One rtpmap line of an offer with its fmtp and rtcp-fb lines; `name` in lower case."""

    pt: int
    name: str
    clock: int
    channels: int = 1
    fmtp: str = ""
    feedback: list[str] = field(default_factory=list)

    def parameter(self, key: str) -> str | None:
        """The fmtp parameter `key`, None if absent."""
        for part in self.fmtp.split(";"):
            name, _, value = part.strip().partition("=")
            if name.lower() == key:
                return value.strip()
        return None


@dataclass(frozen=True)
class Format:
    """A usable codec of one media line: payload types of the stream and of its retransmissions (RFC 4588)."""

    name: str
    pt: int
    rtx_pt: int | None
    codec: Codec


def usable(codec: Codec) -> bool:
    """Whether the forwarder handles this codec: Opus, VP8, H264 constrained baseline in mode 1 (RFC 6184)."""
    if codec.name == OPUS:
        return codec.clock == 48000 and codec.channels == 2
    if codec.name == VP8:
        return codec.clock == 90000
    return codec.name == H264 and codec.clock == 90000 and is_constrained_baseline(codec)


def is_constrained_baseline(codec: Codec) -> bool:
    """RFC 6184 section 8.1: profile_idc 42 with constraint_set1, any level; packetization mode 1."""
    profile = (codec.parameter("profile-level-id") or "").lower()
    if codec.parameter("packetization-mode") != "1" or len(profile) != 6:
        return False
    try:
        return profile[:2] == "42" and bool(int(profile[2:4], 16) & 0x40)
    except ValueError:
        return False


def formats(kind: str, codecs: Iterable[Codec]) -> list[Format]:
    """The usable codecs of a line, ours most preferred first, each with its retransmission payload type."""
    codecs = list(codecs)
    rtx = {c.parameter("apt"): c.pt for c in codecs if c.name == RTX}
    found: list[Format] = []
    for name in PREFERENCE.get(kind, ()):
        match = next((c for c in codecs if c.name == name and usable(c)), None)
        if match:
            found.append(Format(name, match.pt, rtx.get(str(match.pt)), match))
    return found


def describe(name: str, packet: Packet) -> None:
    """Note in the packet whether it begins a frame that decodes without earlier ones, and what VP8 numbers it by."""
    if name == VP8:
        vp8.describe(packet)
    elif name == H264:
        packet.key = _h264_keyframe(packet.payload)


def _h264_keyframe(payload: bytes) -> bool:
    """RFC 6184: a parameter set, an IDR slice, an aggregate with one, or the first fragment of an IDR slice."""
    if len(payload) < 2:
        return False
    unit = payload[0] & 0x1F
    if unit in (5, 7):
        return True
    if unit == 24:
        return len(payload) > 3 and payload[3] & 0x1F in (5, 7)
    return unit == 28 and bool(payload[1] & 0x80) and payload[1] & 0x1F == 5
