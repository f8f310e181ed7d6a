"""Which layers of the cameras in a room anybody takes, so that nobody's phone sends pictures for nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from signaling.media.sfu.layer import HIGHEST, NAMES

UNWANTED_FOR = 5.0  # seconds until a page is told that a layer isn't needed; more is told at once


class LayersTaken:
    """What the pages were told last. Looked at several times a second."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}
        self._wanted_at: dict[str, float] = {}

    def look(self, now: float, taken: Mapping[str, int]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The pages to be told, each with its layers; `taken` has the place of the highest that anybody takes."""
        for peer in self._told.keys() - taken.keys():
            del self._told[peer], self._wanted_at[peer]
        for peer, place in taken.items():
            told = self._told.setdefault(peer, HIGHEST)
            if place >= told:
                self._wanted_at[peer] = now
            since = self._wanted_at.setdefault(peer, now)
            if place > told or (place < told and now - since >= UNWANTED_FOR):
                self._told[peer] = place
                yield peer, self.told(peer)

    def told(self, peer: str) -> tuple[str, ...]:
        """What the peer's page is to send: it is repeated with an answer, for a page that missed it.

        The smaller layers always: Janus would go on with a larger one until a smaller one comes, however weak the
        receiver's network has become.
        """
        return NAMES[: self._told.get(peer, HIGHEST) + 1]
