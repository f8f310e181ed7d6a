"""A sealed file seen as one WebM file (Matroska with H264) of which any part can be read, opening the chunks it needs alone."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from mediation.errors import Unavailable
from mediation.recordings.black import black
from mediation.recordings.sealed import SealedFile
from mediation.recordings.webm import Tracks, beginning

Event = tuple[int, str, Any]  # milliseconds, what, its new value


@dataclass(frozen=True)
class Contents:
    """What a sealed file was found to hold. `whole`: its last chunk is there. Durations in milliseconds.

    `clusters` are the lengths of what the chunks become in the film: with a black picture in front where one has none.
    """

    duration: int
    tracks: Tracks
    clusters: tuple[int, ...]
    jumps: tuple[tuple[int, int], ...]
    events: tuple[Event, ...]
    whole: bool

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Contents":
        """From the plain values that `dataclasses.asdict` made and JSON kept; of the first format too, which had a size alone."""
        tracks = stored.get("tracks") or {"codec": "vp8", "private": None, "size": stored["size"], "voice": True}
        size = tracks["size"]
        return cls(
            stored["duration"], Tracks(**tracks | {"size": size and (size[0], size[1])}), tuple(stored["clusters"]),
            tuple((at, cluster) for at, cluster in stored["jumps"]),
            tuple((at, what, value) for at, what, value in stored["events"]), stored["whole"],
        )  # fmt: skip


def look_through(file: SealedFile) -> Contents:
    """Open every chunk once. Raises Unavailable when one was altered or the file is lost; what a crash cut off is left out."""
    tables: list[dict[str, Any]] = []
    lengths: list[int] = []
    whole = False
    for place in file.places():
        chunk = file.open(place)
        tables.append(chunk.contents)
        lengths.append(len(chunk.cluster))
        whole = chunk.last
    sizes = [(table["size"][0], table["size"][1]) for table in tables if table["size"]]
    private = next((table["private"] for table in tables if table.get("private")), None)
    codec = next((table["codec"] for table in tables if table.get("codec")), None)
    voice = not tables or tables[0].get("voice", True)
    return Contents(
        max((table["until"] for table in tables), default=0),
        Tracks(codec, private, max(sizes, default=None), voice),
        tuple(length + len(_front(table, codec)) for table, length in zip(tables, lengths, strict=True)),
        tuple((table["at"], number) for number, table in enumerate(tables) if table["key"] or table.get("dark")),
        tuple((at, what, value) for table in tables for at, what, value in table["events"]),
        whole,
    )


def _front(table: Mapping[str, Any], codec: str | None) -> bytes:
    """The black picture that a chunk without pictures begins with. Chunks of the first format hold their own."""
    return black(codec, table["at"]) if table.get("dark") else b""


class Film:
    """The file that is played, of the `kind` webm or matroska: a beginning made from the contents, then the clusters as they lie in the sealed file."""

    def __init__(self, file: SealedFile, contents: Contents) -> None:
        """Finds the chunks in the file. Raises Unavailable when it is lost."""
        self._file = file
        self._places = list(file.places())
        self._codec, self.kind = contents.tracks.codec, contents.tracks.kind
        self._head = beginning(contents.duration, contents.tracks, contents.clusters, contents.jumps)
        self._starts = [len(self._head), *accumulate(contents.clusters, initial=len(self._head))][1:]

    @property
    def length(self) -> int:
        """How many bytes it has."""
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
        chunk = self._file.open(self._places[number])
        return (_front(chunk.contents, self._codec) + chunk.cluster)[within : within + longest]
