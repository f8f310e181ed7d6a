"""What the live page warns of."""

from enum import StrEnum


class AlertKind(StrEnum):
    """In the order in which they press."""

    MEDIATOR_LOST = "mediator_lost"
    NO_MEDIA = "no_media"
    UNVERIFIED = "unverified"
    WAITING_LONG = "waiting_long"
