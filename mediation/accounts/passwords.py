"""Argon2id, away from the event loop and few at a time: each takes 64 MiB and a tenth of a second."""

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mediation.accounts.rules import password_wrong

AT_ONCE = 2

_hasher = PasswordHasher()  # RFC 9106 section 4, second recommended option
_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


async def hash_password(password: str) -> str:
    """What the database keeps of a password."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _normal(password))


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password for a new account: why it is not taken, or its hash."""

    wrong: str | None
    hash: str


async def new_password(password: str, username: str) -> NewPassword:
    """To be computed before the transaction that adds the account: meanwhile nobody waits for the database."""
    wrong = password_wrong(password, username)
    return NewPassword(wrong, "" if wrong else await hash_password(password))


async def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash. Without a hash the same work is done, and the answer is no."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password_hash, _normal(password))


def temporary_password() -> str:
    """A random password that can be read out: twelve characters in groups of four, 59 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(3))


def random_password(username: str) -> str:
    """A random password that the rules take for this login name: by chance one may hold the name."""
    while password_wrong(password := temporary_password(), username):
        pass
    return password


def _normal(password: str) -> str:
    # Phones and desks write the same characters differently (NIST SP 800-63B section 3.1.1.2: normalise).
    return unicodedata.normalize("NFKC", password.strip())


def _verify(password_hash: str | None, password: str) -> bool:
    try:
        return _hasher.verify(password_hash or _nobodys_hash(), password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex(16))
