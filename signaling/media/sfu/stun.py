"""STUN as an ICE-lite agent needs it (RFC 8489, RFC 8445): read binding requests, write responses."""

from __future__ import annotations

import binascii
import hmac
import ipaddress
import struct
from dataclasses import dataclass

COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS, BINDING_ERROR = 0x0001, 0x0101, 0x0111
USERNAME, INTEGRITY, ERROR_CODE, XOR_MAPPED = 0x0006, 0x0008, 0x0009, 0x0020
USE_CANDIDATE, FINGERPRINT, CONTROLLED = 0x0025, 0x8028, 0x8029
FINGERPRINT_XOR = 0x5354554E
MAX_BYTES = 548
HEAD = struct.Struct("!HHI")
ATTRIBUTE = struct.Struct("!HH")


@dataclass(frozen=True)
class BindingRequest:
    """A well-formed binding request whose integrity is not checked yet; `ufrag` names one of our credentials."""

    transaction: bytes
    ufrag: str
    remote_ufrag: str
    use_candidate: bool
    controlled: bool
    signed: bytes
    signature: bytes

    def authentic(self, password: str) -> bool:
        """Whether the sender knows our password (MESSAGE-INTEGRITY, RFC 8489 section 14.5)."""
        return hmac.compare_digest(hmac.digest(password.encode(), self.signed, "sha1"), self.signature)


def claimed_ufrag(data: bytes, size: int) -> str:
    """The ufrag of ours that a binding request claims to know, read with next to no work; empty for anything else."""
    if not 28 <= size <= MAX_BYTES:
        return ""
    kind, _, cookie = HEAD.unpack_from(data)
    if kind != BINDING_REQUEST or cookie != COOKIE:
        return ""
    at = 20
    while at + 4 <= size:
        attribute, length = ATTRIBUTE.unpack_from(data, at)
        if attribute == USERNAME:
            return data[at + 4 : min(at + 4 + length, size)].partition(b":")[0].decode("ascii", "replace")
        at += 4 + length + -length % 4
    return ""


def parse_request(data: bytes) -> BindingRequest | None:
    """Read a datagram; None for anything but a complete binding request with username and integrity."""
    if not 20 <= len(data) <= MAX_BYTES or len(data) % 4:
        return None
    kind, length, cookie = HEAD.unpack_from(data)
    if kind != BINDING_REQUEST or cookie != COOKIE or length != len(data) - 20:
        return None
    found: dict[int, bytes] = {}
    signed = b""
    at = 20
    while at + 4 <= len(data):
        attribute, size = ATTRIBUTE.unpack_from(data, at)
        value = data[at + 4 : at + 4 + size]
        if len(value) < size:
            return None
        if attribute == FINGERPRINT:
            if size != 4 or struct.unpack("!I", value)[0] != fingerprint(data[:at]):
                return None
            break
        if INTEGRITY not in found:
            if attribute == INTEGRITY:
                signed = data[:2] + struct.pack("!H", at + 4) + data[4:at]
            found.setdefault(attribute, value)
        at += 4 + size + -size % 4
    return _request(data[8:20], found, signed)


def _request(transaction: bytes, found: dict[int, bytes], signed: bytes) -> BindingRequest | None:
    signature = found.get(INTEGRITY, b"")
    ours, colon, theirs = found.get(USERNAME, b"").partition(b":")
    if len(signature) != 20 or not colon or not (ours + theirs).isascii():
        return None
    return BindingRequest(
        transaction, ours.decode(), theirs.decode(), USE_CANDIDATE in found, CONTROLLED in found, signed, signature
    )


def success(transaction: bytes, address: tuple[str, int], password: str) -> bytes:
    """The response that tells the sender its own address."""
    ip = ipaddress.ip_address(address[0].partition("%")[0])
    mask = struct.pack("!I", COOKIE) + transaction
    packed = bytes(a ^ b for a, b in zip(ip.packed, mask, strict=False))
    family = 1 if ip.version == 4 else 2
    value = struct.pack("!BBH", 0, family, address[1] ^ COOKIE >> 16) + packed
    return _signed(BINDING_SUCCESS, transaction, attribute(XOR_MAPPED, value), password)


def role_conflict(transaction: bytes, password: str) -> bytes:
    """The error for a sender that believes it is controlled: a lite agent always is (RFC 8445 section 7.3.1.1)."""
    value = struct.pack("!HBB", 0, 4, 87) + b"Role Conflict"
    return _signed(BINDING_ERROR, transaction, attribute(ERROR_CODE, value), password)


def attribute(kind: int, value: bytes) -> bytes:
    """One attribute, padded to four bytes."""
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def request(transaction: bytes, username: str, password: str, extra: bytes = b"") -> bytes:
    """A binding request, as a full agent sends it; `extra` are packed attributes."""
    return _signed(BINDING_REQUEST, transaction, attribute(USERNAME, username.encode()) + extra, password)


def fingerprint(before: bytes) -> int:
    """FINGERPRINT over the message up to the attribute, the length counting it (RFC 8489 section 14.7)."""
    covered = before[:2] + struct.pack("!H", len(before) - 20 + 8) + before[4:]
    return binascii.crc32(covered) ^ FINGERPRINT_XOR


def _signed(kind: int, transaction: bytes, body: bytes, password: str) -> bytes:
    head = struct.pack("!HHI", kind, len(body) + 24, COOKIE) + transaction
    body += attribute(INTEGRITY, hmac.digest(password.encode(), head + body, "sha1"))
    head = struct.pack("!HHI", kind, len(body) + 8, COOKIE) + transaction
    return head + body + attribute(FINGERPRINT, struct.pack("!I", fingerprint(head + body)))
