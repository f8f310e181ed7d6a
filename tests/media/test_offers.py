"""Offers of real browsers, and what is wrong with bad ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from signaling.media.engine import BadOffer
from signaling.media.janus.sdp import publishing
from signaling.media.sfu.codecs import Codec, describe, formats
from signaling.media.sfu.negotiation import plan
from signaling.media.sfu.rtp import Packet
from signaling.media.sfu.sdp_answer import Transport, write_answer
from signaling.media.sfu.sdp_offer import Offer, parse_offer

OFFERS = Path(__file__).with_name("offers")
CHROMIUM = (OFFERS / "chromium.sdp").read_text()
FIREFOX = (OFFERS / "firefox.sdp").read_text()
FIREFOX_OF_THE_PAGE = (OFFERS / "firefox_of_the_page.sdp").read_text()
SPARE = Transport(7, 1, "ufrag", "p" * 24, "sha-256 AB", "192.0.2.7", 5000)


def lines_of(offer: Offer) -> list[tuple[str, str, str, list[tuple[str, int, int | None]]]]:
    return [
        (line.mid, line.kind, line.direction, [(f.name, f.pt, f.rtx_pt) for f in line.formats]) for line in offer.lines
    ]


def test_chromium() -> None:
    video = [("vp8", 96, 97), ("h264", 108, 109)]
    assert lines_of(parse_offer(CHROMIUM)) == [
        ("0", "audio", "sendonly", [("opus", 111, None)]),
        ("1", "video", "sendonly", video),
        ("2", "audio", "recvonly", [("opus", 111, None)]),
        ("3", "video", "recvonly", video),
    ]


def test_firefox() -> None:
    offer = parse_offer(FIREFOX)
    assert lines_of(offer) == [
        ("0", "audio", "sendonly", [("opus", 109, None)]),
        ("1", "video", "sendonly", [("vp8", 120, 124), ("h264", 126, 127)]),
        ("2", "video", "recvonly", [("vp8", 120, 124)]),
    ]
    assert offer.lines[1].ssrcs == [1342303225, 2840173498]
    assert offer.lines[1].pairs == {1342303225: 2840173498}
    assert offer.ufrag == "2c9f7b10"


def test_lines_that_firefox_only_bundles_are_not_refused() -> None:
    """As Firefox ESR 153 first offers the page's own lines: with port 0 and ``bundle-only`` (RFC 8843 section 6)."""
    offer = parse_offer(FIREFOX_OF_THE_PAGE)
    assert [(line.kind, line.refused, line.rids) for line in offer.lines] == [
        ("audio", False, []),
        ("video", False, ["l", "m", "h"]),
    ]
    made = plan(offer, {}, {}, frozenset(), [])
    answer = write_answer(offer, SPARE, made.own, {})
    assert "a=group:BUNDLE 0 1\r\n" in answer
    assert "m=video 5000 UDP/TLS/RTP/SAVPF 120 124\r\n" in answer
    assert "a=simulcast:recv l;m;h\r\n" in answer
    to_janus = publishing(FIREFOX_OF_THE_PAGE, made.own)
    assert "m=video 9 " in to_janus
    assert "bundle-only" not in to_janus


def test_the_session_changes_with_the_connection_not_with_the_offer() -> None:
    again = re.sub(r"^(o=- \d+) 2", r"\1 3", CHROMIUM, flags=re.M)
    other = re.sub(r"^o=- \d", "o=- 9", CHROMIUM, flags=re.M)
    session = parse_offer(CHROMIUM).session
    assert parse_offer(again).session == session
    assert parse_offer(other).session != session


def test_candidates_are_not_kept_anywhere() -> None:
    line = "a=candidate:1 1 udp 2113937151 198.51.100.77 50000 typ host\r\n"
    offer = parse_offer(CHROMIUM.replace("a=mid:0", line + "a=mid:0"))
    assert "198.51.100.77" not in repr(offer)


def section(text: str, number: int) -> str:
    return text.split("\nm=")[number + 1].rstrip("\n") + "\n"


BAD = {
    "empty": ("", "malformed"),
    "not sdp": ("hello", "malformed"),
    "no lines": ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", "malformed"),
    "too long": (CHROMIUM + "a=x:y\r\n" * 80_000, "malformed"),
    "200 lines": (CHROMIUM + ("m=" + section(CHROMIUM, 2)) * 200, "too_many_lines"),
    "same mid twice": (CHROMIUM.replace("a=mid:1", "a=mid:0"), "malformed"),
    "no mid": (CHROMIUM.replace("a=mid:1", "a=mad:1"), "malformed"),
    "mid with a space": (CHROMIUM.replace("a=mid:1", "a=mid:1 2"), "malformed"),
    "no bundle": (re.sub("a=group:.*", "a=x", CHROMIUM), "no_bundle"),
    "half a bundle": (CHROMIUM.replace("BUNDLE 0 1 2 3", "BUNDLE 0 1 2"), "no_bundle"),
    "no mux": (CHROMIUM.replace("a=rtcp-mux", "a=x"), "malformed"),
    "no ice": (CHROMIUM.replace("a=ice-ufrag", "a=x"), "no_ice"),
    "short password": (re.sub("a=ice-pwd:.*", "a=ice-pwd:short", CHROMIUM), "no_ice"),
    "no fingerprint": (CHROMIUM.replace("a=fingerprint:sha-256", "a=fingerprint:md5"), "no_fingerprint"),
    "passive": (CHROMIUM.replace("a=setup:actpass", "a=setup:passive"), "bad_setup"),
    "unknown codecs": (CHROMIUM.replace(" VP8/", " XX8/").replace(" H264/", " XX4/"), "no_codec"),
    "opus in mono": (CHROMIUM.replace("opus/48000/2", "opus/48000"), "no_codec"),
    "words for numbers": (CHROMIUM.replace("a=rtpmap:96", "a=rtpmap:xx"), "malformed"),
    "port of words": (CHROMIUM.replace("m=audio 9", "m=audio nine"), "malformed"),
    "huge ssrc": (CHROMIUM.replace("a=ssrc:", "a=ssrc:99999"), "malformed"),
    "ssrc without a number": (CHROMIUM.replace("a=mid:0", "a=ssrc:\r\na=mid:0"), "malformed"),
    "extension without a name": (CHROMIUM.replace("a=mid:0", "a=extmap:1  \r\na=mid:0"), "malformed"),
    "codec in another script": (CHROMIUM.replace("UDP/TLS/RTP/SAVPF ", "UDP/TLS/RTP/SAVPF \u00b2 "), "malformed"),
    "codec of many digits": (CHROMIUM.replace("UDP/TLS/RTP/SAVPF ", f"UDP/TLS/RTP/SAVPF {'9' * 5000} "), "malformed"),
    "plain rtp": (CHROMIUM.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"), "malformed"),
}


@pytest.mark.parametrize(("text", "code"), BAD.values(), ids=BAD.keys())
def test_bad_offers_have_a_code(text: str, code: str) -> None:
    with pytest.raises(BadOffer) as refused:
        parse_offer(text)
    assert refused.value.code == code


def test_lines_are_given_to_sources_voices_first() -> None:
    made = plan(parse_offer(CHROMIUM), {}, {}, {"b", "a"})
    assert made.own == {"0": "audio", "1": "video"}
    assert made.receive == {"2": ("a", "audio"), "3": ("a", "video")}


def test_a_source_keeps_its_line() -> None:
    offer = parse_offer(CHROMIUM)
    before = {"2": ("b", "audio"), "3": ("gone", "video")}
    roles = {"0": "audio", "1": "video", "2": "receive", "3": "receive"}
    assert plan(offer, roles, before, {"a", "b"}).receive == {"2": ("b", "audio"), "3": ("a", "video")}


def test_screens_get_a_line_only_while_shared() -> None:
    text = (CHROMIUM + "m=" + section(CHROMIUM, 3).replace("a=mid:3", "a=mid:4")).replace("E 0 1 2 3", "E 0 1 2 3 4")
    offer = parse_offer(text)
    assert plan(offer, {}, {}, {"a"}).receive["4"] is None
    assert plan(offer, {}, {}, {"a"}, {"a"}).receive["4"] == ("a", "screen")
    before = {"3": ("a", "video"), "4": ("a", "screen")}
    assert plan(offer, {}, before, {"a"}).receive["4"] is None


def test_lines_keep_their_use() -> None:
    offer = parse_offer(CHROMIUM)
    with pytest.raises(BadOffer, match="changed_line"):
        plan(offer, {"0": "receive"}, {}, set())
    with pytest.raises(BadOffer, match="changed_line"):
        plan(offer, {"0": "video"}, {}, set())


def test_a_third_picture_is_refused() -> None:
    text = CHROMIUM
    for number in (4, 5):
        text += "m=" + section(CHROMIUM, 1).replace("a=mid:1", f"a=mid:{number}")
    with pytest.raises(BadOffer, match="too_many_tracks"):
        plan(parse_offer(text.replace("E 0 1 2 3", "E 0 1 2 3 4 5")), {}, {}, set())


def test_the_answer_has_our_address_alone_and_refuses_data_channels() -> None:
    text = CHROMIUM.replace("E 0 1 2 3", "E 0 1 2 3 4") + (
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:4\r\na=sctp-port:5000\r\n"
    )
    answer = write_answer(parse_offer(text), SPARE, {"0": "audio", "1": "video"}, {})
    assert re.findall(r"a=candidate:.*", answer) == ["a=candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host\r"] * 4
    assert "a=group:BUNDLE 0 1 2 3\r\n" in answer
    assert "m=application 0 UDP/DTLS/SCTP" in answer
    assert re.findall(r"a=(recvonly|sendonly|inactive)", answer) == ["recvonly"] * 2 + ["inactive"] * 3
    assert answer.count("a=setup:passive") == 4


def h264(fmtp: str) -> bool:
    return bool(formats("video", [Codec(102, "h264", 90000, fmtp=fmtp)]))


@pytest.mark.parametrize(
    ("fmtp", "taken"),
    [
        ("level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f", True),
        ("packetization-mode=1; profile-level-id=42C01E", True),
        ("packetization-mode=1;profile-level-id=42001f", False),
        ("packetization-mode=0;profile-level-id=42e01f", False),
        ("packetization-mode=1;profile-level-id=640c1f", False),
        ("packetization-mode=1;profile-level-id=42zz1f", False),
        ("packetization-mode=1", False),
        ("", False),
    ],
)
def test_only_constrained_baseline_in_mode_1_is_taken(fmtp: str, taken: bool) -> None:
    assert h264(fmtp) is taken


@pytest.mark.parametrize(
    ("codec", "payload", "key"),
    [
        ("vp8", "10 00", True),
        ("vp8", "10 01", False),
        ("vp8", "00 00", False),
        ("vp8", "11 00", False),
        ("vp8", "90 80 05 00", True),
        ("vp8", "90 80 85 01 00", True),
        ("vp8", "90 80 85 01 01", False),
        ("vp8", "90 f0 85 01 02 40 00", True),
        ("vp8", "90 80 85 01", False),
        ("vp8", "90 80", False),
        ("vp8", "10", False),
        ("h264", "67 42", True),
        ("h264", "65 88", True),
        ("h264", "41 9a", False),
        ("h264", "78 00 10 67 42", True),
        ("h264", "78 00 10 41 42", False),
        ("h264", "7c 85 88", True),
        ("h264", "7c 05 88", False),
        ("h264", "7c 81 88", False),
        ("opus", "10 00", False),
    ],
)
def test_keyframes_are_recognised(codec: str, payload: str, key: bool) -> None:
    packet = Packet(0, 96, 1, 1, 1)
    packet.payload = bytes.fromhex(payload)
    describe(codec, packet)
    assert packet.key is key
