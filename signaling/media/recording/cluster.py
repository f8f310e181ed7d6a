"""Matroska clusters (RFC 9559, section 5.1.3): encoded sound and pictures with their times."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

VOICE, PICTURE = 1, 2  # track numbers
_CLUSTER, _TIMESTAMP, _SIMPLE_BLOCK = b"\x1f\x43\xb6\x75", b"\xe7", b"\xa3"
_KEYFRAME = 0x80


@dataclass(frozen=True)
class Block:
    """One encoded frame of a track; `at` in milliseconds since the file's start."""

    at: int
    track: int
    key: bool
    data: bytes


def cluster(blocks: Sequence[Block]) -> bytes:
    """A whole cluster; its blocks lie at most 32 s apart."""
    ordered = sorted(blocks, key=lambda block: (block.at, -block.track))
    base = ordered[0].at
    body = _element(_TIMESTAMP, struct.pack("!Q", base))
    return _element(_CLUSTER, body + b"".join(_simple_block(block, base) for block in ordered))


def _simple_block(block: Block, base: int) -> bytes:
    head = bytes((0x80 | block.track,)) + struct.pack("!hB", block.at - base, _KEYFRAME if block.key else 0)
    return _element(_SIMPLE_BLOCK, head + block.data)


def _element(ident: bytes, body: bytes) -> bytes:
    return ident + struct.pack("!Q", 1 << 56 | len(body)) + body
