"""The keys of recordings: each file has its own, wrapped by a master key that lies outside the database.

Master keys are files `recordings-<number>.key` in the folder of keys. The newest wraps; older ones open what they wrapped
until `rotate` has wrapped that anew.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from mediation.actor import SYSTEM
from mediation.db import key_folder
from mediation.errors import Unavailable
from mediation.journal.record import record
from mediation.recordings.models import RecordedPart
from mediation.tokens import load_key

_NAME = "recordings-{}"
_NONCE = 12  # bytes


def newest(folder: Path) -> tuple[int, bytes]:
    """Number and bytes of the master key that wraps now; the first is made at first use."""
    number = max(numbers(folder), default=1)
    return number, load_key(folder, _NAME.format(number))


def wrap(master: bytes, ident: str, key: bytes) -> str:
    """The key of the file `ident`, sealed; of no use for another file."""
    nonce = secrets.token_bytes(_NONCE)
    return (nonce + AESGCM(master).encrypt(nonce, key, ident.encode())).hex()


def unwrap(folder: Path, part: RecordedPart) -> bytes:
    """The key of a part's file. Raises Unavailable("recording_key_lost")."""
    sealed = bytes.fromhex(part.wrapped_key)
    if part.master in numbers(folder):
        master = load_key(folder, _NAME.format(part.master))
        try:
            return AESGCM(master).decrypt(sealed[:_NONCE], sealed[_NONCE:], part.id.encode())
        except InvalidTag:
            pass
    raise Unavailable("recording_key_lost", "The key of this recording is not there. Please tell an administrator.")


async def rotate(db: AsyncSession) -> int:
    """Make a new master key and wrap every file's key anew with it; the files stay as they are. Gives how many.

    Raises Unavailable when one of the keys can't be opened; then all stay as they were.
    """
    folder = key_folder(db)
    number = max(numbers(folder), default=0) + 1
    master = load_key(folder, _NAME.format(number))
    kept = select(RecordedPart).where(RecordedPart.wrapped_key != "").with_for_update()
    parts = (await db.scalars(kept)).all()
    for part in parts:
        part.wrapped_key, part.master = wrap(master, part.id, unwrap(folder, part)), number
    record(db, SYSTEM, "recording_keys_rotated", number=number, files=len(parts))
    return len(parts)


async def forget_unused(db: AsyncSession, before: datetime) -> None:
    """Remove the master keys that wrap nothing any more and that were followed by another before the moment given.

    Not sooner: whoever began to wrap with it just before may not have committed yet.
    """
    folder = key_folder(db)
    used = set(await db.scalars(select(RecordedPart.master).where(RecordedPart.wrapped_key != "").distinct()))
    known = sorted(numbers(folder))
    for number, following in pairwise(known):
        followed_at = _path(folder, following).stat().st_mtime
        if number not in used and followed_at < before.timestamp():
            _path(folder, number).unlink(missing_ok=True)


def numbers(folder: Path) -> set[int]:
    """The numbers of the master keys that are there."""
    found: Iterable[str] = (path.stem.removeprefix(_NAME.format("")) for path in folder.glob(_NAME.format("*.key")))
    return {int(number) for number in found if number.isdecimal()}


def _path(folder: Path, number: int) -> Path:
    return folder / f"{_NAME.format(number)}.key"
