"""What differs from codec to codec when pictures are taken from RTP into a file."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Frame:
    """One encoded picture as files hold it; `size` in pixels of one that decodes without earlier ones, None of others."""

    data: bytes
    size: tuple[int, int] | None


class Codec(Protocol):
    """Made anew for each file, since it may have to remember what the stream said earlier."""

    name: str

    @property
    def private(self) -> bytes | None:
        """What a player has to know before the first picture (Matroska's CodecPrivate), None for nothing."""

    def unpack(self, payload: bytes) -> bytes:
        """What a packet holds of a picture; such parts are put together in the order of their packets.

        Raises ValueError for a payload that can't be read.
        """

    def frame(self, whole: bytes) -> Frame | None:
        """The picture made of all parts; None when a file can't hold it."""
