"""One way to write data down, so that equal contents have equal hashes."""

import hashlib
import json
from typing import Any


def content_hash(content: Any) -> str:
    """SHA-256 of the content as canonical JSON: sorted keys, no spaces, UTF-8 (as the journal's chain)."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
