"""Writing the answer (RFC 8829): ICE-lite, our one candidate, DTLS passive, and whose track each line carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signaling.media.sfu.codecs import FEEDBACK, OPUS, Format
from signaling.media.sfu.downlink import Downlink
from signaling.media.sfu.rtp import ABS_SEND_TIME, AUDIO_LEVEL, MID, ORIENTATION, REPAIRED_RID, RID, WIDE_NUMBER
from signaling.media.sfu.sdp_offer import SENDING, Offer, OfferLine

KINDS = ("audio", "video")
RECEIVED = (MID, AUDIO_LEVEL, ORIENTATION, WIDE_NUMBER)
OF_LAYERS = (RID, REPAIRED_RID)
SENT = (MID, AUDIO_LEVEL, ORIENTATION)


@dataclass(frozen=True)
class Transport:
    """What every line of one connection's answers repeats."""

    number: int
    version: int
    ufrag: str
    password: str
    fingerprint: str
    address: str
    port: int


def write_answer(offer: Offer, transport: Transport, own: Mapping[str, str], outs: Mapping[str, Downlink]) -> str:
    """The answer to `offer`: lines in `own` are received, lines in `outs` carry a source, others are inactive."""
    live = [line.mid for line in offer.lines if _accepted(line)]
    family = 6 if ":" in transport.address else 4
    lines = [
        "v=0",
        f"o=- {transport.number} {transport.version} IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {' '.join(live)}",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS *",
    ]
    for line in offer.lines:
        lines += _line(line, transport, family, line.mid in own, outs.get(line.mid))
    return "\r\n".join(lines) + "\r\n"


def _accepted(line: OfferLine) -> bool:
    return not line.refused and line.kind in KINDS


def _line(line: OfferLine, transport: Transport, family: int, own: bool, out: Downlink | None) -> list[str]:
    if not _accepted(line):
        payload = " ".join(map(str, line.codecs)) or "0"
        return [f"m={line.kind} 0 {line.protocol} {payload}", "c=IN IP4 0.0.0.0", f"a=mid:{line.mid}", "a=inactive"]
    used = line.formats[:1] if own else line.formats
    pts = [pt for form in used for pt in (form.pt, form.rtx_pt) if pt is not None]
    lines = [
        f"m={line.kind} {transport.port} {line.protocol} {' '.join(map(str, pts))}",
        f"c=IN IP{family} {transport.address}",
        f"a=mid:{line.mid}",
        f"a={_direction(line, own, out)}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=ice-ufrag:{transport.ufrag}",
        f"a=ice-pwd:{transport.password}",
        f"a=fingerprint:{transport.fingerprint}",
        "a=setup:passive",
        f"a=candidate:1 1 udp 2130706431 {transport.address} {transport.port} typ host",
        "a=end-of-candidates",
    ]
    wanted = _extensions(line, own, out)
    lines += [f"a=extmap:{line.extensions[uri]} {uri}" for uri in wanted if uri in line.extensions]
    for form in used:
        lines += _format(line.kind, form)
    if own and line.rids:
        lines += [f"a=rid:{rid} recv" for rid in line.rids]
        lines.append(f"a=simulcast:recv {';'.join(line.rids)}")
    return lines + (_stream(out) if out else [])


def _extensions(line: OfferLine, own: bool, out: Downlink | None) -> tuple[str, ...]:
    """Header extensions of a line. Where arrivals are told by number, packets need not carry the time as well."""
    if own:
        return RECEIVED + (OF_LAYERS if line.rids else ())
    return (*SENT, WIDE_NUMBER if out is None or out.wide else ABS_SEND_TIME)


def _direction(line: OfferLine, own: bool, out: Downlink | None) -> str:
    if own and line.direction in SENDING:
        return "recvonly"
    return "sendonly" if out else "inactive"


def _format(kind: str, form: Format) -> list[str]:
    codec = form.codec
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    name = {"opus": "opus", "vp8": "VP8", "h264": "H264"}[form.name]
    lines = [f"a=rtpmap:{form.pt} {name}/{codec.clock}{channels}"]
    fmtp = "minptime=10;useinbandfec=1" if form.name == OPUS else codec.fmtp
    if fmtp:
        lines.append(f"a=fmtp:{form.pt} {fmtp}")
    lines += [f"a=rtcp-fb:{form.pt} {fb}" for fb in FEEDBACK[kind] if fb in codec.feedback]
    if form.rtx_pt is not None:
        lines += [f"a=rtpmap:{form.rtx_pt} rtx/{codec.clock}", f"a=fmtp:{form.rtx_pt} apt={form.pt}"]
    return lines


def _stream(out: Downlink) -> list[str]:
    """Whose track it is, and under which SSRCs it comes (RFC 8830, RFC 5576)."""
    lines = [f"a=msid:{out.source} {out.kind}"]
    ssrcs = [out.ssrc]
    if out.has_rtx:
        ssrcs.append(out.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {out.ssrc} {out.rtx_ssrc}")
    return lines + [f"a=ssrc:{ssrc} cname:{out.source}" for ssrc in ssrcs]
