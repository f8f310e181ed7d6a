"""Finished documents lie under their own hash, and nothing else is ever given out."""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mediation.documents.canonical import content_hash
from mediation.documents.store import fetch, keep
from mediation.errors import Unavailable


def test_kept_once_found_again(tmp_path: Path) -> None:
    digest = keep(tmp_path, b"%PDF-1.7 one")
    assert digest == hashlib.sha256(b"%PDF-1.7 one").hexdigest()
    assert keep(tmp_path, b"%PDF-1.7 one") == digest
    assert fetch(tmp_path, digest) == b"%PDF-1.7 one"
    assert [path.name for path in (tmp_path / "documents").rglob("*") if path.is_file()] == [f"{digest}.pdf"]


def test_one_changed_byte_is_noticed(tmp_path: Path) -> None:
    digest = keep(tmp_path, b"%PDF-1.7 one")
    (tmp_path / "documents" / digest[:2] / f"{digest}.pdf").write_bytes(b"%PDF-1.7 two")
    with pytest.raises(Unavailable, match="document_altered"):
        fetch(tmp_path, digest)


def test_a_lost_document_is_named_as_lost(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="document_lost"):
        fetch(tmp_path, "0" * 64)


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert content_hash({"a": 1, "b": "王"}) == content_hash({"b": "王", "a": 1})
    assert content_hash({"a": 1, "b": "王"}) != content_hash({"a": 1, "b": "玉"})


_KEEP_ON = """
import os, sys
from pathlib import Path
from mediation.documents.store import keep
while True:
    keep(Path(sys.argv[1]), b"%PDF-" + os.urandom(400_000))
    print("kept", flush=True)
"""


@pytest.mark.parametrize("after_ms", [40, 95, 170, 260, 330])
def test_a_killed_server_leaves_no_half_document(tmp_path: Path, after_ms: int) -> None:
    keeping = subprocess.Popen([sys.executable, "-c", _KEEP_ON, tmp_path], stdout=subprocess.PIPE)
    assert keeping.stdout is not None
    keeping.stdout.readline()
    time.sleep(after_ms / 1000)
    keeping.kill()
    keeping.communicate()
    documents = list((tmp_path / "documents").rglob("*.pdf"))
    assert documents
    for path in documents:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
