"""Session descriptions between browser and Janus: addresses taken out, lines named, nothing else changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from signaling.media.sfu.sdp_offer import Offer

APART = "a=x-receive-apart"
# The ids that Janus gives these extensions. It offers them only for a source that has them, and lines have none at first.
_CARRIED = {
    "audio": "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "video": "a=extmap:13 urn:3gpp:video-orientation",
}
Named = Sequence[tuple[str, str] | None]


def without_candidates(text: str) -> str:
    """What a browser said, without anything that tells where it is."""
    lines = [line for line in _lines(text) if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    return _text([["c=IN IP4 0.0.0.0" if line.startswith("c=") else line for line in lines]])


def publishing(text: str, own: Collection[str]) -> str:
    """The browser's offer as Janus gets it: only the lines with these mids, which are the browser's own tracks."""
    session, *lines = _sections(without_candidates(text))
    kept = [_opened(line) for line in lines if _mid(line) in own]
    return _text([_bundled(session, kept), *kept])


def publishing_answer(offer: Offer, answer: str, number: int, version: int) -> str:
    """Janus' answer as the browser gets it: lines to receive are refused, for they come on a connection apart."""
    session, *lines = _sections(answer)
    answered = {_mid(line): line for line in lines}
    written = [
        answered.get(line.mid) or _refusal(line.mid, line.kind, line.protocol, line.codecs) for line in offer.lines
    ]
    return _text([[*_numbered(_bundled(session, lines), number, version), APART], *written])


def receiving(offer: str, named: Named, number: int, version: int) -> str:
    """Janus' offer as the browser gets it: each line says whose track it carries.

    Janus begins the DTLS handshake. It drops a handshake that the browser begins before Janus knows the path, and
    the next try is a second later.
    """
    session, *lines = _sections(offer.replace("a=setup:actpass", "a=setup:active"))
    written = [_named(line, name) for line, name in zip(lines, named, strict=True)]
    return _text([_numbered(session, number, version), *written])


def _named(line: list[str], name: tuple[str, str] | None) -> list[str]:
    kept = [part for part in line if not part.startswith("a=msid:") and " msid:" not in part]
    carried = _CARRIED.get(line[0][2:].split()[0])
    if carried and not any(part.endswith(carried.split()[1]) for part in kept):
        kept.append(carried)
    return [*kept, f"a=msid:{name[0]} {name[1]}"] if name else kept


def _opened(line: list[str]) -> list[str]:
    """A line that is offered in the bundle alone has port 0 (RFC 8843 section 6), which else means that it is refused."""
    if "a=bundle-only" not in line:
        return line
    return [line[0].replace(" 0 ", " 9 ", 1), *(part for part in line[1:] if part != "a=bundle-only")]


def _refusal(mid: str, kind: str, protocol: str, formats: Collection[int]) -> list[str]:
    numbers = " ".join(map(str, formats)) or "0"
    return [f"m={kind} 0 {protocol} {numbers}", "c=IN IP4 0.0.0.0", f"a=mid:{mid}", "a=inactive"]


def _bundled(session: list[str], lines: list[list[str]]) -> list[str]:
    mids = " ".join(_mid(line) for line in lines)
    return [f"a=group:BUNDLE {mids}" if part.startswith("a=group:BUNDLE") else part for part in session]


def _numbered(session: list[str], number: int, version: int) -> list[str]:
    """With our own origin and without a name: Janus writes the room's id there."""
    ours = {"o=": f"o=- {number} {version} IN IP4 0.0.0.0", "s=": "s=-"}
    return [ours.get(part[:2], part) for part in session]


def _mid(line: list[str]) -> str:
    return next((part[6:] for part in line if part.startswith("a=mid:")), "")


def _lines(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").split("\n") if line]


def _sections(text: str) -> list[list[str]]:
    sections: list[list[str]] = [[]]
    for line in _lines(text):
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _text(sections: list[list[str]]) -> str:
    return "".join(f"{line}\r\n" for section in sections for line in section)
