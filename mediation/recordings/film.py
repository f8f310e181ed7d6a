"""A sealed file seen as one WebM file of which any part can be read: only the chunks that a part needs are opened."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from mediation.errors import Unavailable
from mediation.recordings.sealed import SealedFile
from mediation.recordings.webm import beginning

Event = tuple[int, str, Any]  # milliseconds, what, its new value


@dataclass(frozen=True)
class Contents:
    """What a sealed file was found to hold. `whole`: its last chunk is there. Durations in milliseconds."""

    duration: int
    size: tuple[int, int] | None
    clusters: tuple[int, ...]
    jumps: tuple[tuple[int, int], ...]
    events: tuple[Event, ...]
    whole: bool

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Contents":
        """From the plain values that `dataclasses.asdict` made and JSON kept."""
        size = stored["size"]
        return cls(
            stored["duration"], size and (size[0], size[1]), tuple(stored["clusters"]),
            tuple((at, cluster) for at, cluster in stored["jumps"]),
            tuple((at, what, value) for at, what, value in stored["events"]), stored["whole"],
        )  # fmt: skip


def look_through(file: SealedFile) -> Contents:
    """Open every chunk once. Raises Unavailable when one was altered or the file is lost; what a crash cut off is left out."""
    sizes: list[tuple[int, int]] = []
    clusters: list[int] = []
    jumps: list[tuple[int, int]] = []
    events: list[Event] = []
    duration, whole = 0, False
    for place in file.places():
        chunk = file.open(place)
        contents = chunk.contents
        if contents["key"]:
            jumps.append((contents["at"], len(clusters)))
        if contents["size"]:
            sizes.append((contents["size"][0], contents["size"][1]))
        clusters.append(len(chunk.cluster))
        events += [(at, what, value) for at, what, value in contents["events"]]
        duration, whole = max(duration, contents["until"]), chunk.last
    return Contents(duration, max(sizes, default=None), tuple(clusters), tuple(jumps), tuple(events), whole)


class Film:
    """The WebM file: a beginning made from the contents, then the clusters as they lie in the sealed file."""

    def __init__(self, file: SealedFile, contents: Contents) -> None:
        """Finds the chunks in the file. Raises Unavailable when it is lost."""
        self._file = file
        self._places = list(file.places())
        self._head = beginning(contents.duration, contents.size, contents.clusters, contents.jumps)
        self._starts = [len(self._head), *accumulate(contents.clusters, initial=len(self._head))][1:]

    @property
    def length(self) -> int:
        """How many bytes the WebM file has."""
        return self._starts[-1]

    def read(self, start: int, longest: int) -> bytes:
        """Bytes from `start` on: as many as come from one chunk, at most `longest`; empty at the end.

        Raises Unavailable when the chunk was altered or is lost.
        """
        if start < len(self._head):
            return self._head[start : start + longest]
        number = bisect_right(self._starts, start) - 1
        if number >= len(self._starts) - 1:
            return b""
        if number >= len(self._places):
            raise Unavailable("recording_altered", "This recording was altered. Please tell an administrator.")
        within = start - self._starts[number]
        return self._file.open(self._places[number]).cluster[within : within + longest]
