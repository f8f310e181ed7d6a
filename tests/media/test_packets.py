"""RTP and STUN byte by byte, against independent implementations (aiortc, aioice)."""

from __future__ import annotations

import random
import secrets

import pytest
from aioice import stun as aioice_stun
from aiortc.rtp import HeaderExtensionsMap, RtpPacket

from signaling.media.sfu import rtp, stun

PASSWORD = "p" * 22


def packed(packet: RtpPacket) -> bytes:
    return packet.serialize(HeaderExtensionsMap())


def read(data: bytes) -> rtp.Packet | None:
    return rtp.parse(data, len(data))


def test_plain_packets_read_like_aiortc_reads_them() -> None:
    rng = random.Random(1)
    for _ in range(200):
        theirs = RtpPacket(
            rng.randrange(128), rng.randrange(2), rng.randrange(1 << 16), rng.randrange(1 << 32), rng.randrange(1 << 32)
        )
        theirs.csrc = [rng.randrange(1 << 32) for _ in range(rng.randrange(3))]
        theirs.payload = rng.randbytes(rng.randrange(40))
        theirs.padding_size = rng.choice((0, 0, 1, 4))
        ours = read(packed(theirs))
        assert ours is not None
        assert (ours.payload_type, ours.marker >> 7, ours.sequence) == (
            theirs.payload_type,
            theirs.marker,
            theirs.sequence_number,
        )
        assert (ours.timestamp, ours.ssrc, ours.payload) == (theirs.timestamp, theirs.ssrc, theirs.payload)


HEAD = "906f 0001 00000002 00000003"


@pytest.mark.parametrize(
    ("extensions", "found"),
    [
        ("bede 0001 10850000", {1: b"\x85"}),
        ("bede 0002 00108540 33000000", {1: b"\x85", 4: b"3"}),
        ("bede 0001 f0850000", {}),
        ("bede 0001 1f850000", {}),
        ("bede 0000", {}),
        ("1000 0002 01018504 01330000", {1: b"\x85", 4: b"3"}),
        ("1000 0001 0100 0203", {}),
        ("abcd 0001 10850000", {}),
    ],
)
def test_header_extensions(extensions: str, found: dict[int, bytes]) -> None:
    packet = read(bytes.fromhex(HEAD.replace(" ", "") + extensions.replace(" ", "")) + b"payload")
    assert packet is not None
    assert {ident: value for ident in range(1, 15) if (value := packet.extension(ident))} == found
    assert packet.payload == b"payload"


@pytest.mark.parametrize(
    "data",
    [
        "",
        "80",
        "006f 0001 00000002 00000003",
        "8f6f 0001 00000002 00000003",
        "906f 0001 00000002 00000003 bede",
        "906f 0001 00000002 00000003 bede 0009 00000000",
        "a06f 0001 00000002 00000003 ff",
        "a06f 0001 00000002 00000003 00",
    ],
)
def test_malformed_packets_are_nothing(data: str) -> None:
    assert read(bytes.fromhex(data.replace(" ", ""))) is None


def test_extension_block_is_padded() -> None:
    assert rtp.block(b"") == b""
    assert rtp.block(rtp.element(1, b"\x85")).hex() == "bede000110850000"
    assert rtp.block(rtp.element(4, b"12")).hex() == "bede000141313200"


@pytest.mark.parametrize(
    ("reference", "sequence", "extended"),
    [
        (0x10000, 0x0001, 0x10001),
        (0x1FFFF, 0x0000, 0x20000),
        (0x20000, 0xFFFF, 0x1FFFF),
        (0x10005, 0x0005, 0x10005),
        (0x10005, 0x8004, 0x18004),
        (0x18005, 0x0004, 0x20004),
        (0x18005, 0x0006, 0x10006),
    ],
)
def test_numbers_are_extended_to_the_nearest(reference: int, sequence: int, extended: int) -> None:
    assert rtp.nearest(reference, sequence) == extended


def check() -> aioice_stun.Message:
    message = aioice_stun.Message(aioice_stun.Method.BINDING, aioice_stun.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    message.attributes["PRIORITY"] = 5
    message.attributes["ICE-CONTROLLING"] = 7
    message.attributes["USE-CANDIDATE"] = None
    return message


def test_a_check_by_aioice_is_understood_and_authentic() -> None:
    message = check()
    message.add_message_integrity(PASSWORD.encode())
    request = stun.parse_request(bytes(message))
    assert request is not None
    assert (request.ufrag, request.remote_ufrag, request.use_candidate, request.controlled) == (
        "ours",
        "theirs",
        True,
        False,
    )
    assert request.authentic(PASSWORD)
    assert not request.authentic("q" * 22)


@pytest.mark.parametrize("address", [("192.0.2.1", 40000), ("2001:db8::1", 40001)])
def test_aioice_understands_our_answer(address: tuple[str, int]) -> None:
    answer = aioice_stun.parse_message(stun.success(b"t" * 12, address, PASSWORD))
    assert answer.check_message_integrity(PASSWORD.encode())
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == address
    assert answer.message_class is aioice_stun.Class.RESPONSE


def test_a_controlled_sender_is_told_so() -> None:
    answer = aioice_stun.parse_message(stun.role_conflict(b"t" * 12, PASSWORD))
    assert answer.attributes["ERROR-CODE"] == (487, "Role Conflict")
    assert answer.check_message_integrity(PASSWORD.encode())


def test_our_own_request_is_understood_by_both() -> None:
    data = stun.request(b"t" * 12, "a:b", PASSWORD)
    assert aioice_stun.parse_message(data).check_message_integrity(PASSWORD.encode())
    request = stun.parse_request(data)
    assert request is not None
    assert request.authentic(PASSWORD)


def signed() -> bytes:
    message = check()
    message.add_message_integrity(PASSWORD.encode())
    return bytes(message)


def test_no_changed_byte_passes_for_authentic() -> None:
    good = signed()
    for at in range(len(good)):
        changed = bytearray(good)
        changed[at] ^= 1 + secrets.randbelow(255)
        request = stun.parse_request(bytes(changed))
        assert request is None or not request.authentic(PASSWORD) or at >= len(good) - 8


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 20,
        signed()[:-1],
        signed() + b"\0\0\0\0",
        bytes(check()),
        b"\x01\x01" + signed()[2:],
        signed()[:4] + b"\0\0\0\0" + signed()[8:],
    ],
    ids=["nothing", "zeros", "cut off", "something behind", "not signed", "a reply", "another cookie"],
)
def test_anything_else_is_no_request(data: bytes) -> None:
    assert stun.parse_request(data) is None
