"""What is written of a new file reaches the disk: its chunks, and the names without which nobody finds them."""

import errno
import os
from pathlib import Path

import pytest

from mediation.files import make_folder
from signaling.media.recording.sealing import SealedFile
from tests.recordings.person import target


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files and folders that were written through to the disk, in order."""
    paths: list[Path] = []
    for name in ("fsync", "fdatasync"):

        def noted(descriptor: int, real: object = getattr(os, name)) -> None:
            paths.append(Path(f"/proc/self/fd/{descriptor}").readlink())
            real(descriptor)  # type: ignore[operator]

        monkeypatch.setattr(os, name, noted)
    return paths


def test_the_name_of_a_new_file_is_on_the_disk_before_its_first_chunk(tmp_path: Path, synced: list[Path]) -> None:
    where = target(tmp_path)
    file = SealedFile(where)
    file.add(b"chunk")
    file.close(wait=True)
    assert synced == [where.path, where.path.parent, where.path]
    assert not file.failed


def test_a_name_that_cannot_be_written_through_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.EIO, "I/O error")

    monkeypatch.setattr(os, "fsync", full)
    file = SealedFile(target(tmp_path))
    file.close(wait=True)
    assert file.failed


def test_the_names_of_new_folders_are_written_through(tmp_path: Path, synced: list[Path]) -> None:
    make_folder(tmp_path / "recordings" / "r1")
    assert sorted(synced) == [tmp_path, tmp_path / "recordings"]
    synced.clear()
    make_folder(tmp_path / "recordings" / "r1")
    assert synced == []
