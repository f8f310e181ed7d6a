"""The words of the connection log. Pure, so that rules may use them."""

from enum import StrEnum


class Ending(StrEnum):
    """Why a connection ended."""

    NETWORK_SILENT = "network_silent"  # nothing came any more, the socket stayed open
    BROKEN_OFF = "broken_off"  # the socket ended without a goodbye
    MEDIA_SILENT = "media_silent"  # the page answers, but neither sound nor picture nor checks arrive
    CONSENT_EXPIRED = "consent_expired"  # the same for 30 s (RFC 7675): the media path was given up
    PAGE_CLOSED = "page_closed"
    SECOND_TAB = "second_tab"
    LEFT = "left"
    REMOVED = "removed"
    RIGHT_ENDED = "right_ended"  # login, link or consent
    SESSION_OVER = "session_over"
    ENDED_HERE = "ended_here"  # by the server: too many commands, or none that it understands
    SERVER_RESTARTED = "server_restarted"


# What the person did or what was decided. Everything else happened to them.
MEANT = frozenset({Ending.SECOND_TAB, Ending.LEFT, Ending.REMOVED, Ending.RIGHT_ENDED, Ending.SESSION_OVER})
