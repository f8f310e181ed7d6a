"""Reading a browser's offer (RFC 8866, RFC 8829), strictly and with limits. Candidates are never kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from signaling.media.engine import BadOffer
from signaling.media.sfu.codecs import Codec, Format, formats

MAX_BYTES = 500_000
MAX_LINES = 64
MAX_SSRCS = 8
MAX_LAYERS = 3
SENDING = ("sendrecv", "sendonly")
DIRECTIONS = (*SENDING, "recvonly", "inactive")
RID = re.compile(r"[A-Za-z0-9_-]{1,16}")
TOKEN = re.compile(r"[\w+/.~-]{1,64}")
ICE_CHARS = re.compile(r"[A-Za-z0-9+/]{4,256}")
FINGERPRINT = re.compile(r"(sha-(?:256|384|512)) ((?:[0-9A-Fa-f]{2}:){31,63}[0-9A-Fa-f]{2})")


@dataclass
class OfferLine:
    """One m-line: what the browser would send or receive on it."""

    mid: str = ""
    kind: str = ""
    refused: bool = False
    direction: str = "sendrecv"
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    pairs: dict[int, int] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    rids: list[str] = field(default_factory=list)
    protocol: str = ""

    @property
    def formats(self) -> list[Format]:
        """The codecs of the line that can be forwarded, preferred first."""
        return formats(self.kind, self.codecs.values())


@dataclass
class Offer:
    """What is needed of an offer. `session` names the browser's peer connection: another one, another session."""

    session: str
    ufrag: str
    password: str
    fingerprints: list[tuple[str, str]]
    lines: list[OfferLine]


def parse_offer(text: str) -> Offer:
    """Read an SDP offer. Raises BadOffer with the code of the first thing wrong with it."""
    if not isinstance(text, str) or not text.startswith("v=0") or len(text) > MAX_BYTES:
        raise BadOffer("malformed")
    try:
        return _checked(*_read(text))
    except (ValueError, IndexError):  # a number or a word that isn't there: nothing else may get out of here
        raise BadOffer("malformed") from None


def _read(text: str) -> tuple[str, dict[str, str], list[OfferLine]]:
    """The origin, the attributes of the session, and the m-lines with theirs."""
    session: dict[str, str] = {}
    origin = ""
    lines: list[OfferLine] = []
    for raw in text.replace("\r\n", "\n").split("\n"):
        if raw.startswith("m="):
            if len(lines) == MAX_LINES:
                raise BadOffer("too_many_lines")
            lines.append(_media_line(raw[2:]))
        elif raw.startswith("o="):
            origin = raw[2:]
        elif raw.startswith("a="):
            name, _, value = raw[2:].partition(":")
            if lines:
                _line_attribute(lines[-1], name, value)
            else:
                session[name] = value
    return origin, session, lines


def _media_line(value: str) -> OfferLine:
    parts = value.split()
    if len(parts) < 4 or not parts[1].isdigit():
        raise BadOffer("malformed")
    line = OfferLine(kind=parts[0], refused=parts[1] == "0", protocol=parts[2])
    if parts[0] in ("audio", "video"):
        if not all(pt.isdigit() and int(pt) < 128 for pt in parts[3:]):
            raise BadOffer("malformed")
        line.codecs = {int(pt): Codec(int(pt), "", 0) for pt in parts[3:]}
    return line


def _line_attribute(line: OfferLine, name: str, value: str) -> None:
    if name in DIRECTIONS:
        line.direction = name
    elif name == "rtpmap":
        _rtpmap(line, value)
    elif name == "fmtp":
        pt, _, fmtp = value.partition(" ")
        if int(pt) in line.codecs:
            line.codecs[int(pt)].fmtp = fmtp[:500]
    elif name == "rtcp-fb":
        _feedback(line, value)
    elif name == "extmap":
        number, uri = value.split()[:2]
        ident = int(number.partition("/")[0])
        if 1 <= ident <= 14:
            line.extensions[uri] = ident
    elif name == "ssrc":
        _ssrc(line, value)
    elif name == "ssrc-group" and value.startswith("FID "):
        primary, repair = (int(part) for part in value.split()[1:3])
        line.pairs[primary] = repair
    elif name == "simulcast":
        line.rids = _layers(value)
    elif name != "candidate":
        line.attributes.setdefault(name, value)


def _rtpmap(line: OfferLine, value: str) -> None:
    number, _, mapping = value.partition(" ")
    name, clock, *channels = mapping.split("/")
    codec = line.codecs.get(int(number))
    if codec:
        codec.name, codec.clock = name.lower(), int(clock)
        codec.channels = int(channels[0]) if channels else 1


def _feedback(line: OfferLine, value: str) -> None:
    number, _, kind = value.partition(" ")
    for codec in line.codecs.values():
        if number == "*" or codec.pt == int(number):
            codec.feedback.append(kind)


def _layers(value: str) -> list[str]:
    """The streams of ``send l;m;h`` (RFC 8853 section 5.1), lowest first as our page offers them. Of alternatives the
    first is taken; paused ones are streams too."""
    words = value.split()
    if "send" not in words[:-1]:
        return []
    streams = words[words.index("send") + 1].split(";")
    rids = [stream.split(",")[0].removeprefix("~") for stream in streams]
    if not all(RID.fullmatch(rid) for rid in rids) or len(set(rids)) != len(rids):
        raise BadOffer("malformed")
    if len(rids) > MAX_LAYERS:
        raise BadOffer("too_many_layers")
    return rids


def _ssrc(line: OfferLine, value: str) -> None:
    ssrc = int(value.split()[0])
    if not 0 < ssrc < 1 << 32:
        raise BadOffer("malformed")
    if ssrc not in line.ssrcs:
        if len(line.ssrcs) == MAX_SSRCS:
            raise BadOffer("too_many_ssrcs")
        line.ssrcs.append(ssrc)


def _checked(origin: str, session: dict[str, str], lines: list[OfferLine]) -> Offer:
    """Put the offer together; every condition that the answer relies on is checked here."""
    fields = origin.split()
    bundle = (session.get("group") or "").split()
    for line in lines:
        if "bundle-only" in line.attributes:  # Firefox offers such lines with port 0 at first (RFC 8843 section 6)
            line.refused = False
    live = [line for line in lines if not line.refused]
    for line in lines:
        line.mid = line.attributes.get("mid", "")
    if len(fields) < 6 or not live or any(not TOKEN.fullmatch(line.mid) for line in lines):
        raise BadOffer("malformed")
    if len({line.mid for line in lines}) != len(lines):
        raise BadOffer("malformed")
    if bundle[:1] != ["BUNDLE"] or any(line.mid not in bundle for line in live):
        raise BadOffer("no_bundle")
    for line in live:
        _check_line(line)
    merged = session | live[0].attributes
    ufrag, password = merged.get("ice-ufrag", ""), merged.get("ice-pwd", "")
    if not ICE_CHARS.fullmatch(ufrag) or not ICE_CHARS.fullmatch(password) or len(password) < 22:
        raise BadOffer("no_ice")
    fingerprint = FINGERPRINT.fullmatch(merged.get("fingerprint", "").strip())
    if not fingerprint:
        raise BadOffer("no_fingerprint")
    if merged.get("setup") not in ("actpass", "active"):
        raise BadOffer("bad_setup")
    return Offer(f"{fields[1]} {fingerprint[2].upper()}", ufrag, password, [(fingerprint[1], fingerprint[2])], lines)


def _check_line(line: OfferLine) -> None:
    if line.kind not in ("audio", "video"):
        return
    if line.protocol not in ("UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP") or "rtcp-mux" not in line.attributes:
        raise BadOffer("malformed")
    if not line.formats:
        raise BadOffer("no_codec")
