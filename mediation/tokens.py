"""Secrets: random ids, hashed tokens, the keys that lie outside the database."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path

from mediation.files import write_atomically


def new_id() -> str:
    """A random identifier of 64 bits; names a row, opens nothing."""
    return secrets.token_hex(8)


def new_token() -> str:
    """A secret of 256 bits (OWASP ASVS 5.0 V11.5.1 asks for at least 128)."""
    return secrets.token_urlsafe(32)


def new_key() -> bytes:
    """A key of 256 bits."""
    return secrets.token_bytes(32)


def token_hash(token: str) -> str:
    """What the database keeps of a secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def derive(key: bytes, *parts: object) -> str:
    """HMAC-SHA256 of the parts under a key, as URL-safe text."""
    message = "\x1f".join(map(str, parts)).encode()
    return urlsafe_b64encode(hmac.new(key, message, hashlib.sha256).digest()).rstrip(b"=").decode()


def derive_digits(key: bytes, digits: int, *parts: object) -> str:
    """So many decimal digits from the HMAC-SHA256 of the parts: a code that a person types."""
    message = "\x1f".join(map(str, parts)).encode()
    number = int.from_bytes(hmac.new(key, message, hashlib.sha256).digest())
    return str(number % 10**digits).zfill(digits)


def load_key(folder: Path, name: str) -> bytes:
    """The key `name` of 32 bytes from `folder`, made at first use, readable by the owner alone."""
    path = folder / f"{name}.key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, new_key(), mode=0o600)
    return path.read_bytes()
